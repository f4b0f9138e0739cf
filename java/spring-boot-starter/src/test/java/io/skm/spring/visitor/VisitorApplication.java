package io.skm.spring.visitor;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A visitor system as a venue would write it. */
@SpringBootApplication
public class VisitorApplication {}

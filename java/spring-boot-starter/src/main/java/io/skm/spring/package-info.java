/**
 * Spring Boot: an {@link io.skm.SkmClient} bean from {@code skm.*} properties, its health, and timers of its calls.
 */
package io.skm.spring;

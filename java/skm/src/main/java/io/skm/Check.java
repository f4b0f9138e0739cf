package io.skm;

/** One row of {@link SkmClient#verifyMany}: a {@link ScanRequest} or an {@link IdRequest}. */
public interface Check {}

/**
 * The four service interfaces of the Jiangsu health code (苏康码, SKM), DB32/T 3761.46-2021.
 *
 * <p>Begin with {@link io.skm.SkmClient}. Nothing but a well-formed green answer is green; every failed call throws
 * {@link io.skm.SkmException}. No {@code toString} shows personal data or a secret.
 */
package io.skm;

package dev.waybill.gateway.conversion.http;

import java.time.Duration;

/**
 * What calls of conversion webhooks may take. Immutable.
 *
 * @param time of a call as a whole
 * @param callChars of the objects in a call; more are asked for in portions
 * @param answerBytes of an answer: the objects of a call, converted, with room to grow
 * @param callsOfOne how many calls of one webhook are under way at once
 * @param calls how many calls are under way at once
 */
public record ConversionLimits(Duration time, int callChars, long answerBytes, int callsOfOne, int calls) {
    public static final ConversionLimits USUAL = new ConversionLimits(Duration.ofSeconds(30), 8 << 20, 32 << 20, 8, 64);
}

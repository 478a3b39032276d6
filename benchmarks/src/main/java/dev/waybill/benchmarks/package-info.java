/** Measurements against a system that runs; see benchmarks/README.md. */
@NullMarked
package dev.waybill.benchmarks;

import org.jspecify.annotations.NullMarked;

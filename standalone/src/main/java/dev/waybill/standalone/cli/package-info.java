/** The commands that look at a running cluster and talk to it by its topics. */
@NullMarked
package dev.waybill.standalone.cli;

import org.jspecify.annotations.NullMarked;

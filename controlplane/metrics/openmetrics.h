/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OPENMETRICS_H
#define CGN_OPENMETRICS_H

/**
 * @file
 * Writes a text in the format OpenMetrics 1.0, which Prometheus reads.
 *
 * A text has families. A family has a name, a type, a help text, and one value for each set of labels:
 *
 *     # TYPE cgnd_port_rx_bytes counter
 *     # UNIT cgnd_port_rx_bytes bytes
 *     # HELP cgnd_port_rx_bytes octets received
 *     cgnd_port_rx_bytes_total{port="inside0"} 4711
 *     cgnd_port_rx_bytes_created{port="inside0"} 1732887221.304
 *
 * The line `_created` tells since when a counter counts (discontinuity time, RFC 7659 section 3.1.4). Each function
 * may fail to get memory. Then the text is not complete, and cgn_openmetrics_end() says so.
 *
 * Source: OpenMetrics specification 1.0.0, https://prometheus.io/docs/specs/om/open_metrics_spec/
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The content type of such a text in HTTP. */
#define CGN_OPENMETRICS_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/** Types of families. */
enum cgn_openmetrics_type {
	CGN_OPENMETRICS_COUNTER,   /* cgn_openmetrics_value() */
	CGN_OPENMETRICS_GAUGE,     /* cgn_openmetrics_value() */
	CGN_OPENMETRICS_INFO,      /* cgn_openmetrics_info() */
	CGN_OPENMETRICS_HISTOGRAM, /* cgn_openmetrics_histogram() */
};

/** A family. Its texts are not copied: they must live until the next family begins. */
struct cgn_openmetrics_family {
	enum cgn_openmetrics_type type;
	const char *name[3]; /* parts of the name: letters, digits, '_'; NULL: no further part */
	const char *unit;    /* the last word of the name; NULL: a plain number */
	const char *help;    /* any UTF-8 */
};

/** A label. */
struct cgn_openmetrics_label {
	const char *name;  /* letters, digits, '_' */
	const char *value; /* any UTF-8 */
};

/** A bucket of a histogram. */
struct cgn_openmetrics_bucket {
	const char *le; /* its upper bound, a number in the unit of the family; the last one is "+Inf" */
	uint64_t n; /* observations up to the bound, also those of lower buckets */
};

/** A text that is being written. */
struct cgn_openmetrics {
	char *text; /* owner: the writer, until cgn_openmetrics_end(); no NUL at its end */
	size_t len;
	size_t size;
	bool is_lost; /* there was no memory for a part of it */
	char created[32];
	struct cgn_openmetrics_family family;
};

/**
 * Begin a text.
 *
 * @param created_ms  when the counters began to count, milliseconds since 1970
 */
void cgn_openmetrics_begin(struct cgn_openmetrics *om, int64_t created_ms);

/** Begin a family. All its values follow. */
void cgn_openmetrics_family(struct cgn_openmetrics *om, const struct cgn_openmetrics_family *f);

/** Write the value of a counter or gauge. No two values of a family have the same labels. */
void cgn_openmetrics_value(struct cgn_openmetrics *om, const struct cgn_openmetrics_label *labels,
		size_t n_labels, uint64_t value);

/** Write the labels of a family that has only labels. */
void cgn_openmetrics_info(struct cgn_openmetrics *om, const struct cgn_openmetrics_label *labels,
		size_t n_labels);

/**
 * Write a histogram.
 *
 * @param buckets  from the lowest to "+Inf"
 * @param sum      sum of all observations, in the unit of the family
 */
void cgn_openmetrics_histogram(struct cgn_openmetrics *om,
		const struct cgn_openmetrics_label *labels, size_t n_labels,
		const struct cgn_openmetrics_bucket *buckets, size_t n_buckets, double sum);

/**
 * End the text.
 *
 * @param[out] text  the caller frees it
 * @return 0; -ENOMEM: there is no text
 */
int cgn_openmetrics_end(struct cgn_openmetrics *om, char **text, size_t *len);

/** Release a text that is not ended. */
void cgn_openmetrics_abort(struct cgn_openmetrics *om);

#endif /* CGN_OPENMETRICS_H */

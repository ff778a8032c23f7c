/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares what a subscriber has with the thresholds of its group.
 */
#include "dataplane/nat/mark.h"

#include "dataplane/nat/notice.h"
#include "dataplane/nat/subscriber_count.h"
#include "dataplane/nat/subscriber_read.h"

/* What is compared. */
struct measure {
	enum cgn_mark_bit mark;
	enum cgn_record_threshold_id id;
	uint32_t threshold; /* as configured; 0: none */
	uint32_t unit;      /* entries of 100 percent; 0: the threshold is a number of entries */
	uint32_t entries;
	uint8_t proto;
};

void
cgn_mark_set_conf(struct cgn_nat *n, const struct cgn_conf *conf)
{
	n->has_marks = false;
	for (size_t i = 0; i < conf->n_groups; i++) {
		const struct cgn_conf_group *g = &conf->groups[i];
		const struct cgn_conf_group *was = n->conf == NULL || i >= n->conf->n_groups
				? g
				: &n->conf->groups[i];

		n->has_marks |= g->mappings_high != 0 || g->deterministic.use_high_percent != 0;
		if (g->mappings_high != was->mappings_high ||
				g->deterministic.use_high_percent !=
						was->deterministic.use_high_percent)
			n->mark_age[i]++;
	}
}

/* Thresholds that a subscriber has reached before a reload changed them are not those of now. */
static void
renew_marks(const struct cgn_nat *n, struct cgn_subscriber *pub)
{
	uint8_t age = (uint8_t)(n->mark_age[pub->group] << CGN_MARK_BITS);

	if ((pub->reached >> CGN_MARK_BITS) != (age >> CGN_MARK_BITS))
		pub->reached = age;
}

static void
mark_tell(struct cgn_nat *n, const struct cgn_subscriber *pub, const struct measure *x,
		cgn_tick now)
{
	const struct cgn_record r = {
		.event = CGN_RECORD_THRESHOLD_REACHED,
		.threshold = {
			.inside = pub->addr,
			.inside_len = pub->prefix_len,
			.threshold = (uint8_t)x->id,
			.mark = x->threshold,
			.value = x->unit == 0 ? x->entries : x->entries * 100 / x->unit,
			.entries = x->entries,
			.proto = x->proto,
		},
	};

	if (cgn_notice_wants(n->notices, CGN_RECORD_KIND_THRESHOLDS))
		cgn_notice_tell(n->notices, &r, now);
}

static void
mark_compare(struct cgn_nat *n, uint32_t sub, const struct measure *x, cgn_tick now)
{
	struct cgn_subscriber *pub = cgn_subscribers_at(n->subs, sub);
	uint8_t bit = (uint8_t)(1u << x->mark);
	/* In hundredths of an entry, so that nothing is rounded. */
	uint64_t have = (uint64_t)x->entries * 100;
	uint64_t high = (uint64_t)x->threshold * (x->unit == 0 ? 100 : x->unit);

	if (x->threshold == 0 || have < high - high / 10) {
		pub->reached &= (uint8_t)~bit;
	} else if ((pub->reached & bit) == 0 && have >= high) {
		pub->reached |= bit;
		cgn_subscriber_count_threshold(n->subs, sub);
		mark_tell(n, pub, x, now);
	}
}

void
cgn_mark_check(struct cgn_nat *n, uint32_t sub, cgn_tick now)
{
	const struct cgn_conf_group *g = cgn_subscribers_group_of(n->subs, sub);
	const struct measure mappings = {
		.mark = CGN_MARK_MAPPINGS,
		.id = CGN_RECORD_THRESHOLD_SUB_MAPPINGS_HIGH,
		.threshold = g->mappings_high,
		.entries = cgn_subscriber_mappings(cgn_subscribers_at(n->subs, sub)),
		.proto = CGN_PROTO_COUNT,
	};
	struct measure own = {
		.mark = CGN_MARK_OWN,
		.id = CGN_RECORD_THRESHOLD_SUB_OWN_HIGH,
		.threshold = g->deterministic.use_high_percent,
	};

	renew_marks(n, cgn_subscribers_at(n->subs, sub));
	mark_compare(n, sub, &mappings, now);
	if (own.threshold == 0)
		return;
	own.unit = cgn_subscriber_read_own(n->subs, sub, &own.entries, &own.proto);
	if (own.unit != 0)
		mark_compare(n, sub, &own, now);
}

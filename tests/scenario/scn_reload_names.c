/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Hundreds of reloads, each with a new name of a pool and of a group, while packets flow: places are used again, and
 * nothing of one name is taken for something of another one.
 */

#include "controlplane/export/export_text.h"
#include "tests/support/cu.h"
#include "tests/support/flowledger.h"
#include "tests/support/textreload.h"

#include <stdlib.h>

#define RELOADS 300
#define HOSTS   5
#define LOG_MAX 16384

/* A record of a block, and the reload that was in force. */
struct entry {
	struct cgn_record r;
	unsigned int round;
};

static struct entry entries[LOG_MAX];
static unsigned int n_entries, round_now;
static bool only_names; /* reloads change no addresses */
static struct cgn_export_origin origin;

static void
note(void *arg, const struct cgn_record *r)
{
	(void)arg;
	CU_ASSERT_FATAL(n_entries < LOG_MAX);
	entries[n_entries++] = (struct entry){ *r, round_now };
}

/* Pool and group number i, and one of each that stays. Its neighbours have other addresses. */
static struct cgn_conf *
renamed(struct textreload *t, unsigned int i)
{
	struct cgn_conf *conf;
	char *text;

	CU_ASSERT_FATAL(asprintf(&text,
					"workers: %u\n"
					"ports:\n"
					"- {name: inside0, device: d0, side: inside, addresses: [100.64.0.1/10], "
					"source_check: route}\n"
					"- {name: outside0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n"
					"routes: [{prefix: 0.0.0.0/0, via: 192.0.2.1}]\n"
					"pools:\n"
					"- {name: p%u, addresses: [198.51.100.%u/29]}\n"
					"- {name: stays, addresses: [203.0.113.128/29]}\n"
					"groups:\n"
					"- {name: g%u, prefixes: [100.64.0.0/16], pool: p%u}\n"
					"- {name: stays, prefixes: [100.65.0.0/16], pool: stays}\n"
					"nat: {sessions_max: 4096, hold_down_max: 4096, fragments_max: 256, "
					"syn_hold_max: 64, block_guard_s: 0}\n"
					"export: {records: [blocks, quotas], sinks: [{name: f, type: file, path: /tmp/f}]}\n",
					t->fx->n_workers, i, only_names ? 0 : i % 3 * 8, i, i) > 0);
	conf = textreload_read(t, text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	free(text);
	return conf;
}

static void
begin(struct textreload *t)
{
	static const struct flowledger_tap tap = { note, NULL };

	n_entries = round_now = 0;
	*t = (struct textreload){ .fx = fx_new(), .shows = true };
	t->conf = renamed(t, 0);
	t->shows = false;
	t->fx->conf = *t->conf;
	t->fx->tap = &tap;
	fx_start(t->fx);
	CU_ASSERT_EQUAL(cgn_export_pools_add(&origin.pools, t->conf), 0);
}

static void
end(struct textreload *t)
{
	fx_free(t->fx);
	cgn_conf_free(t->conf);
	cgn_export_pools_fini(&origin.pools);
}

static void
rename_all(struct textreload *t)
{
	struct cgn_conf *before = textreload_take(t, renamed(t, ++round_now));

	CU_ASSERT_PTR_NOT_NULL_FATAL(before);
	cgn_conf_free(before);
	CU_ASSERT_EQUAL(cgn_export_pools_add(&origin.pools, t->conf), 0);
}

/* The place of a name. */
#define PLACE_OF(list, n, text) place_of((list)[0].name, sizeof((list)[0]), n, text)

static unsigned int
place_of(const char *at, size_t size, size_t n, const char *name)
{
	for (unsigned int i = 0; i < n; i++) {
		if (strcmp(at + i * size, name) == 0)
			return i;
	}
	CU_FAIL_FATAL("no such name");
	return 0;
}

static void
map_hosts(struct textreload *t, const char *net)
{
	for (unsigned int i = 1; i <= HOSTS; i++) {
		char host[16];

		snprintf(host, sizeof(host), "%s.%u", net, i);
		fx_map_udp(t->fx, host, (uint16_t)(4000 + round_now));
	}
}

/* What the counters of a pool and a group of that name have. */
static void
check_counters(struct textreload *t, const char *pool, const char *group, unsigned int pairings,
		unsigned int made)
{
	struct cgn_pool_stats p = { 0 };
	struct cgn_group_stats g = { 0 };

	for (unsigned int w = 0; w < t->fx->n_workers; w++) {
		const struct cgn_stats *s = cgn_engine_stats(t->fx->engines[w]);

		cgn_stats_add_pool(&p, s, PLACE_OF(t->conf->pools, t->conf->n_pools, pool));
		cgn_stats_add_group(&g, s, PLACE_OF(t->conf->groups, t->conf->n_groups, group));
	}
	CU_ASSERT_EQUAL(p.addresses, 8);
	CU_ASSERT_EQUAL(p.pairings, pairings);
	CU_ASSERT_EQUAL(p.mappings_made, made);
	CU_ASSERT_EQUAL(p.subscribers, HOSTS);
	CU_ASSERT_EQUAL(g.subscribers, HOSTS);
	CU_ASSERT_EQUAL(g.mappings_made, made);
}

/* The record of the same block that a record ends. */
static const struct entry *
beginning_of(unsigned int i)
{
	const struct cgn_record_nat *n = &entries[i].r.nat;

	while (i-- > 0) {
		const struct cgn_record *r = &entries[i].r;

		if (r->event == CGN_RECORD_BLOCK_ALLOCATED && r->nat.ext_addr == n->ext_addr &&
				r->nat.port_first == n->port_first)
			return &entries[i];
	}
	CU_FAIL_FATAL("nobody has had this block");
	return NULL;
}

static void
check_line(unsigned int i)
{
	const struct cgn_record *r = &entries[i].r;
	unsigned int round = r->event == CGN_RECORD_BLOCK_ALLOCATED ? entries[i].round
								    : beginning_of(i)->round;
	char line[CGN_EXPORT_TEXT_MAX + 1], want[64];
	size_t len = cgn_export_text_line(line, &origin, r);

	line[len] = '\0';
	snprintf(want, sizeof(want), " natPoolName=\"p%u\"", round);
	if ((rte_be_to_cpu_32(r->nat.ext_addr) >> 24) == 203)
		snprintf(want, sizeof(want), " natPoolName=\"stays\"");
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
}

/* The sinks are as late as they can be: no line is written before the end. REQ: N-LIVE-33, N-LIVE-30 */
static void
no_name_is_taken_for_another_one(void)
{
	unsigned int n[CGN_RECORD_EVENT_COUNT] = { 0 };
	struct textreload t;

	begin(&t);
	for (;;) {
		char pool[16], group[16];

		map_hosts(&t, "100.64.7");
		map_hosts(&t, "100.65.0");
		snprintf(pool, sizeof(pool), "p%u", round_now);
		snprintf(group, sizeof(group), "g%u", round_now);
		check_counters(&t, pool, group, HOSTS, HOSTS);
		check_counters(&t, "stays", "stays", HOSTS, HOSTS * (round_now + 1));
		CU_ASSERT_TRUE(t.conf->n_pools <= 4);
		CU_ASSERT_TRUE(t.conf->n_groups <= 4);
		if (round_now == RELOADS)
			break;
		rename_all(&t);
		fx_advance_s(t.fx, 1);
	}
	for (unsigned int i = 0; i < n_entries; i++) {
		n[entries[i].r.event]++;
		check_line(i);
	}
	CU_ASSERT_EQUAL(n[CGN_RECORD_BLOCK_ALLOCATED], HOSTS * (RELOADS + 2));
	CU_ASSERT_EQUAL(n[CGN_RECORD_BLOCK_RELEASED], HOSTS * RELOADS);
	end(&t);
}

/* A place is not given away as long as an address of the pool or a subscriber of the group is there. REQ: N-LIVE-33 */
static void
a_name_keeps_its_place_until_nothing_is_left(void)
{
	struct textreload t;
	unsigned int place, n_pools;

	begin(&t);
	map_hosts(&t, "100.64.7");
	place = PLACE_OF(t.conf->pools, t.conf->n_pools, "p0");
	/* The workers take it, but they have no time to end anything. */
	t.is_lazy = true;
	rename_all(&t);
	n_pools = (unsigned int)t.conf->n_pools;
	CU_ASSERT_TRUE(t.conf->pools[place].is_gone);
	rename_all(&t);
	CU_ASSERT_TRUE(t.conf->pools[place].is_gone);
	CU_ASSERT_STRING_EQUAL(t.conf->pools[place].name, "p0");
	CU_ASSERT_EQUAL(t.conf->n_pools, n_pools + 1);
	t.is_lazy = false;
	fx_advance_s(t.fx, 1);
	rename_all(&t);
	CU_ASSERT_STRING_EQUAL(t.conf->pools[place].name, "p3");
	end(&t);
}

/* A refused host is shown with the group that it is in now, and not if it is in none. REQ: N-LIVE-33 */
static void
a_refused_host_is_shown_with_its_group_of_now(void)
{
	static const char *const host = "100.64.7.9";
	struct cgn_cmd cmd = { .op = CGN_CMD_REFUSED };
	struct cgn_subscriber_info info;
	struct cgn_evt reply;
	struct textreload t;

	begin(&t);
	cmd.u.refused.host.ip4 = pg_addr(host);
	cmd.u.refused.why = CGN_REFUSAL_NOT_AUTHORIZED;
	CU_ASSERT_EQUAL(fx_cmd(t.fx, fx_owner(t.fx, host), &cmd, &reply), 0);
	for (unsigned int i = 0; i < 3; i++) {
		char group[16];

		snprintf(group, sizeof(group), "g%u", round_now);
		CU_ASSERT_TRUE_FATAL(fx_subscriber(t.fx, host, &info));
		CU_ASSERT_EQUAL(info.refused_total, 1);
		CU_ASSERT_STRING_EQUAL(t.conf->groups[info.group].name, group);
		rename_all(&t);
	}
	end(&t);
}

/* The connections of a pool that gets another name go on. What is recorded from then on has the new name.
 * REQ: N-LIVE-35 */
static void
a_pool_with_another_name_keeps_its_connections(void)
{
	static const char *const host = "100.64.7.1";
	struct textreload t;
	struct fx_ep ep;

	only_names = true;
	begin(&t);
	ep = fx_map_udp(t.fx, host, 4000);
	for (unsigned int i = 0; i < 3; i++) {
		rename_all(&t);
		fx_advance_s(t.fx, 1);
		FX_PKT(fx_udp_in(t.fx, "192.0.2.9", 53, ep.addr, ep.port), FX_INSIDE, "192.0.2.9",
				53, host, 4000);
	}
	CU_ASSERT_EQUAL(t.conf->n_pools, 2);
	CU_ASSERT_STRING_EQUAL(t.conf->pools[PLACE_OF(t.conf->pools, 2, "p3")].name, "p3");
	CU_ASSERT_EQUAL(n_entries, 1);
	end(&t);
	only_names = false;
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_pool_with_another_name_keeps_its_connections),
	CU_TEST_ROW(no_name_is_taken_for_another_one),
	CU_TEST_ROW(a_name_keeps_its_place_until_nothing_is_left),
	CU_TEST_ROW(a_refused_host_is_shown_with_its_group_of_now),
};

CU_MAIN("scn_reload_names", tests)

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The paths of telemetry that are answered at once, because no worker is asked.
 */
#include "controlplane/telemetry/telemetry_config.h"
#include "controlplane/telemetry/telemetry_counters.h"
#include "controlplane/telemetry/telemetry_links.h"
#include "controlplane/telemetry/telemetry_question.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "controlplane/telemetry/telemetry_status.h"
#include "controlplane/telemetry/telemetry_tap.h"
#include "shared/addr_text.h"
#include "shared/dpdk_compat.h"
#include "shared/percent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_telemetry.h>

#define CONFIG_STEP 6000 /* octets of JSON text; an answer must hold them with escaped quotes */

/* Read a parameter that is a number. @param[in,out] n  is not changed if there is no such parameter */
static int
number_param(const struct cgn_telemetry_question *q, const char *key, uint32_t *n)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];

	if (!cgn_telemetry_question_param(q, key, text))
		return 0;
	return cgn_addr_text_parse_u32(text, n) < 0 ? -EINVAL : 0;
}

/* Tell which workers there are. */
static int
refuse_worker(struct cgn_telemetry_question *q, const char *text, unsigned int n)
{
	if (n == 1)
		snprintf(q->why, sizeof(q->why), "there is no worker \"%s\": the only one is 0",
				text);
	else
		snprintf(q->why, sizeof(q->why), "there is no worker \"%s\": they are 0 to %u",
				text, n - 1);
	return -EINVAL;
}

/* Read which workers the question is about: all, or one. */
static int
worker_params(struct cgn_telemetry_question *q, unsigned int *first, unsigned int *end)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];
	uint32_t w;

	*first = 0;
	*end = cgn_control_planes(q->control)->n_workers;
	if (!cgn_telemetry_question_param(q, "worker", text) &&
			!cgn_telemetry_question_param(q, "", text))
		return 0;
	if (cgn_addr_text_parse_u32(text, &w) < 0 || w >= *end)
		return refuse_worker(q, text, *end);
	*first = w;
	*end = w + 1;
	return 0;
}

static int
answer_verdicts(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	unsigned int first;
	unsigned int end;
	int ret = worker_params(q, &first, &end);

	(void)now_ms;
	if (ret == 0)
		ret = cgn_telemetry_counters_verdicts(
				q->out, cgn_control_planes(q->control), first, end);
	return ret;
}

static int
answer_counters(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	unsigned int first;
	unsigned int end;
	int ret = worker_params(q, &first, &end);

	(void)now_ms;
	if (ret == 0)
		ret = cgn_telemetry_counters_all(q->out, q->control, first, end);
	return ret;
}

static int
answer_help(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char group[CGN_TELEMETRY_PARAMS_MAX] = "";

	(void)now_ms;
	(void)cgn_telemetry_question_param(q, "", group);
	return cgn_telemetry_counters_help(q->out, group);
}

static int
answer_pools(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t first = 0;

	(void)now_ms;
	if (number_param(q, "cursor", &first) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_pools(q->out, cgn_control_planes(q->control), first,
			CGN_TELEMETRY_ROWS_POOLS, cgn_control_conf(q->control));
}

static int
answer_peers(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t cursor = 0, n;
	char next[16] = "";

	if (number_param(q, "cursor", &cursor) < 0)
		return -EINVAL;
	n = cgn_host_peers_read(cgn_host_peers(cgn_control_host(q->control)), &cursor,
			q->rows.peers, CGN_TELEMETRY_ROWS_PEERS);
	if (cursor != 0)
		snprintf(next, sizeof(next), "%u", cursor);
	return cgn_telemetry_rows_peers(q->out, q->rows.peers, n, next, now_ms);
}

/* Read the parameters ADDR, id and sa. @param[out] identity  "": there is none */
static int
peer_params(const struct cgn_telemetry_question *q, struct cgn_ip *addr,
		char identity[static CGN_TELEMETRY_PARAMS_MAX], uint32_t *sa)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];

	*identity = '\0';
	*sa = 0;
	if (!cgn_telemetry_question_param(q, "", text) || cgn_addr_text_parse_ip(text, addr) < 0)
		return -EINVAL;
	if (number_param(q, "sa", sa) < 0)
		return -EINVAL;
	return cgn_telemetry_question_param(q, "id", identity) ? cgn_percent_decode(identity) : 0;
}

static int
answer_peers_set(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char identity[CGN_TELEMETRY_PARAMS_MAX];
	struct cgn_ip addr;
	uint32_t sa;
	int ret = peer_params(q, &addr, identity, &sa);

	if (ret == 0)
		ret = cgn_host_peers_set(cgn_host_peers(cgn_control_host(q->control)), &addr,
				identity, sa, now_ms);
	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "set", 1);
	return 0;
}

static int
answer_peers_unset(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char identity[CGN_TELEMETRY_PARAMS_MAX];
	struct cgn_ip addr;
	uint32_t sa;
	int ret = peer_params(q, &addr, identity, &sa);
	bool is_removed;

	(void)now_ms;
	if (ret < 0)
		return ret;
	is_removed = cgn_host_peers_unset(cgn_host_peers(cgn_control_host(q->control)), &addr,
			identity[0] == '\0' ? NULL : identity, sa);
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "removed", is_removed);
	return 0;
}

static int
answer_ports(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t first = 0;

	(void)now_ms;
	if (number_param(q, "cursor", &first) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_ports(q->out, q->control, first, CGN_TELEMETRY_ROWS_PORTS);
}

static int
answer_host(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_rows_host(q->out, q->control);
}

static int
answer_workers(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_rows_workers(
			q->out, cgn_control_planes(q->control), cgn_control_loads(q->control));
}

static int
answer_latency(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t first = 0;

	(void)now_ms;
	if (number_param(q, "cursor", &first) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_latency(q->out, cgn_control_planes(q->control), first,
			CGN_TELEMETRY_ROWS_LATENCIES);
}

static int
answer_config(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t offset = 0;

	(void)now_ms;
	if (number_param(q, "", &offset) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_config(q->out, cgn_control_conf(q->control), offset, CONFIG_STEP);
}

static int
answer_config_confirm(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	int ret = cgn_reload_confirm(cgn_control_reload(q->control));

	(void)now_ms;
	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "confirmed", 1);
	return 0;
}

static int
answer_config_status(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_config_status(q->out, cgn_control_reload(q->control));
}

static int
answer_status(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_status(q->out, q->control, q->version);
}

static int
answer_groups(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t first = 0;

	(void)now_ms;
	if (number_param(q, "cursor", &first) < 0)
		return -EINVAL;
	return cgn_telemetry_status_groups(q->out, q->control, first, CGN_TELEMETRY_STATUS_GROUPS);
}

static int
answer_sinks(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t first = 0;

	(void)now_ms;
	if (number_param(q, "cursor", &first) < 0)
		return -EINVAL;
	return cgn_telemetry_status_sinks(q->out, q->control, first, CGN_TELEMETRY_STATUS_SINKS);
}

static int
answer_warnings(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_status_warnings(q->out);
}

static int
answer_neighbours(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t cursor = 0;

	if (number_param(q, "cursor", &cursor) < 0)
		return -EINVAL;
	return cgn_telemetry_links_neighbours(q->out, q->control, cursor, now_ms);
}

static int
answer_routes(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	uint32_t first = 0;

	(void)now_ms;
	if (number_param(q, "cursor", &first) < 0)
		return -EINVAL;
	return cgn_telemetry_links_routes(q->out, q->control, first);
}

static int
answer_tap(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	return cgn_telemetry_tap(q, now_ms);
}

const struct cgn_telemetry_path cgn_telemetry_tables_paths[] = {
	{ "/cgn/neighbours", "Neighbours on the links, a page. Parameters: [cursor=NEXT]",
			"cursor,", answer_neighbours, false },
	{ "/cgn/routes", "Routes and links, a page. Parameters: [cursor=NEXT]", "cursor,",
			answer_routes, false },
	{ "/cgn/status", "Version, uptime, configuration, store, export, host plane.", "",
			answer_status, false },
	{ "/cgn/groups", "Groups, a page. Parameters: [cursor=NEXT]", "cursor,", answer_groups,
			false },
	{ "/cgn/sinks", "The sinks of the export, a page. Parameters: [cursor=NEXT]", "cursor,",
			answer_sinks, false },
	{ "/cgn/warnings", "The last warnings and errors of the log.", "", answer_warnings, false },
	{ "/cgn/verdicts", "What became of all packets. Parameters: [worker=N]", "N,worker,",
			answer_verdicts, false },
	{ "/cgn/counters", "Other counters and gauges. Parameters: [worker=N]", "N,worker,",
			answer_counters, false },
	{ "/cgn/counters/help", "What the counters of a group mean. Parameters: [GROUP]", "GROUP,",
			answer_help, false },
	{ "/cgn/peers", "IPsec peers, a page. Parameters: [cursor=NEXT]", "cursor,", answer_peers,
			false },
	{ "/cgn/peers/set", "Add an IPsec peer. Parameters: ADDR,id=IDENTITY[,sa=N]", "ADDR,id,sa,",
			answer_peers_set, false },
	{ "/cgn/peers/unset", "Remove an IPsec peer. Parameters: ADDR[,id=IDENTITY][,sa=N]",
			"ADDR,id,sa,", answer_peers_unset, false },
	{ "/cgn/pools", "Pools, a page. Parameters: [cursor=NEXT]", "cursor,", answer_pools,
			false },
	{ "/cgn/tap", "Traces and captures of packets, for cgnctl.", CGN_TELEMETRY_TAP_KEYS,
			answer_tap, false },
	{ "/cgn/ports", "Ports and their steering, a page. Parameters: [cursor=NEXT]", "cursor,",
			answer_ports, false },
	{ "/cgn/host", "The host plane: interfaces and their packets.", "", answer_host, false },
	{ "/cgn/workers", "Workers and what they hold.", "", answer_workers, false },
	{ "/cgn/latency",
			"How long loops and bursts of the workers took, a page. Parameters: [cursor=NEXT]",
			"cursor,", answer_latency, false },
	{ "/cgn/config", "Configuration as JSON text, a piece. Parameters: [OFFSET]", "OFFSET,",
			answer_config, false },
	{ "/cgn/config/confirm", "Confirm a reload.", "", answer_config_confirm, false },
	{ "/cgn/config/status", "The file, the last reload, and a confirmation that is missing.",
			"", answer_config_status, false },
	{ .name = NULL },
};

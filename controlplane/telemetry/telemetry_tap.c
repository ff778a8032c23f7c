/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The path /cgn/tap: reads what an operator wants to see of packets, and answers with what was seen.
 */
#include "controlplane/telemetry/telemetry_tap.h"

#include "shared/addr_text.h"
#include "shared/ctl.h"
#include "shared/dpdk_compat.h"
#include "shared/tap_filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_telemetry.h>

static_assert(CGN_TAP_FILTER_TEXT_MAX < CGN_TELEMETRY_PARAMS_MAX,
		"a part of a filter is one value");
static_assert(2 * CGN_TELEMETRY_TAP_STEP < RTE_TEL_MAX_SINGLE_STRING_LEN, "an answer is one text");

/* --- what is wanted -------------------------------------------------------------------------- */

/* Read a number. @param[in,out] n  is not changed if the key is missing @return 0, -EINVAL: not in the range */
static int
number(struct cgn_telemetry_question *q, const char *key, uint32_t min, uint32_t max, uint32_t *n)
{
	char text[CGN_TELEMETRY_PARAMS_MAX], must[64];

	if (!cgn_telemetry_question_param(q, key, text))
		return 0;
	if (cgn_addr_text_parse_u32(text, n) == 0 && *n >= min && *n <= max)
		return 0;
	snprintf(must, sizeof(must), "a number from %u to %u", min, max);
	return cgn_telemetry_question_wrong(q, -EINVAL, key, text, must);
}

/* Tell the names of verdicts, and of their classes. "local" is both. */
static int
refuse_verdict(struct cgn_telemetry_question *q, const char *name)
{
	struct cgn_choice there;

	cgn_choice_begin(&there, name);
	for (int c = CGN_VC_FORWARDED; c <= CGN_VC_DROPPED; c++)
		cgn_choice_add(&there, cgn_verdict_class_name((enum cgn_verdict_class)c));
	for (int v = 0; v < CGN_V_COUNT; v++) {
		if (v != CGN_V_LOCAL)
			cgn_choice_add(&there, cgn_verdict_name((enum cgn_verdict)v));
	}
	return cgn_telemetry_question_none(q, -EINVAL, "verdict", &there);
}

/* A name is that of a verdict, or else of a class of verdicts: "local" is both, and means the verdict. */
static int
want_verdict(struct cgn_telemetry_question *q, struct cgn_tap_ask *ask, const char *name)
{
	bool is_class = false;

	ask->has_verdicts = true;
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		if (strcmp(cgn_verdict_name((enum cgn_verdict)v), name) == 0) {
			ask->verdicts[v] = 1;
			return 0;
		}
	}
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		enum cgn_verdict_class c = cgn_verdict_class((enum cgn_verdict)v);

		if (strcmp(cgn_verdict_class_name(c), name) != 0)
			continue;
		ask->verdicts[v] = 1;
		is_class = true;
	}
	return is_class ? 0 : refuse_verdict(q, name);
}

/* Names of verdicts, with a plus between them. */
static int
read_verdicts(struct cgn_telemetry_question *q, struct cgn_tap_ask *ask)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];
	char *rest = text;
	int ret = 0;

	if (!cgn_telemetry_question_param(q, "verdict", text))
		return 0;
	for (char *name; ret == 0 && (name = strsep(&rest, "+")) != NULL;)
		ret = want_verdict(q, ask, name);
	return ret;
}

static int
read_port(struct cgn_telemetry_question *q, struct cgn_tap_ask *ask)
{
	const struct cgn_conf *conf = cgn_control_conf(q->control);
	char text[CGN_TELEMETRY_PARAMS_MAX];
	struct cgn_choice there;

	ask->port = CGN_PORTS_MAX;
	if (!cgn_telemetry_question_param(q, "port", text))
		return 0;
	cgn_choice_begin(&there, text);
	for (size_t i = 0; i < conf->n_ports; i++) {
		cgn_choice_add(&there, conf->ports[i].name);
		if (strcmp(conf->ports[i].name, text) == 0)
			ask->port = (uint16_t)i;
	}
	if (ask->port != CGN_PORTS_MAX)
		return 0;
	return cgn_telemetry_question_none(q, -ENOENT, "port", &there);
}

static int
read_subscriber(struct cgn_telemetry_question *q, struct cgn_tap_ask *ask)
{
	struct cgn_prefix *p = &ask->subscriber;
	char text[CGN_TELEMETRY_PARAMS_MAX];

	if (!cgn_telemetry_question_param(q, "subscriber", text))
		return 0;
	if (cgn_addr_text_parse_prefix(text, p) < 0 || p->len == 0)
		return cgn_telemetry_question_wrong(q, -EINVAL, "subscriber", text,
				"an address or a prefix that is not /0");
	if (p->is_ip6)
		p->ip6 = cgn_ip6_prefix(&p->ip6, p->len);
	return 0;
}

/* An address, or an address with a port. */
static int
read_external(struct cgn_telemetry_question *q, struct cgn_tap_ask *ask)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];
	uint16_t port = 0;
	int ret;

	if (!cgn_telemetry_question_param(q, "external", text))
		return 0;
	ret = strchr(text, ':') == NULL ? cgn_addr_text_parse_ip4(text, &ask->ext_addr)
					: cgn_addr_text_parse_ep4(text, &ask->ext_addr, &port);
	ask->ext_port = rte_cpu_to_be_16(port);
	return ret == 0 ? 0
			: cgn_telemetry_question_wrong(
					  q, -EINVAL, "external", text, "ADDR or ADDR:PORT");
}

static int
read_mode(const struct cgn_telemetry_question *q, struct cgn_tapper_job *job)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];

	if (!cgn_telemetry_question_param(q, "mode", text))
		return -EINVAL;
	job->ask.is_capture = strcmp(text, "capture") == 0;
	return job->ask.is_capture || strcmp(text, "trace") == 0 ? 0 : -EINVAL;
}

static int
read_job(struct cgn_telemetry_question *q, struct cgn_tapper_job *job)
{
	uint32_t snap;
	int ret = read_mode(q, job);

	job->count = job->ask.is_capture ? CGN_TAPPER_COUNT_MAX : CGN_CTL_TAP_COUNT;
	job->seconds = CGN_CTL_TAP_SECONDS;
	snap = job->ask.is_capture ? CGN_TAP_SNAP_MAX : CGN_TAP_SNAP_TRACE;
	if (ret == 0)
		ret = number(q, "count", 1, CGN_TAPPER_COUNT_MAX, &job->count);
	if (ret == 0)
		ret = number(q, "seconds", 1, CGN_TAPPER_SECONDS_MAX, &job->seconds);
	if (ret == 0)
		ret = number(q, "snap", 64, CGN_TAP_SNAP_MAX, &snap);
	job->ask.snap = (uint16_t)snap;
	if (ret == 0 && job->ask.is_capture)
		ret = number(q, "filter", 1, CGN_TAP_FILTER_MAX, &job->n_filter);
	if (ret == 0)
		ret = read_port(q, &job->ask);
	if (ret == 0)
		ret = read_verdicts(q, &job->ask);
	if (ret == 0)
		ret = read_subscriber(q, &job->ask);
	if (ret == 0)
		ret = read_external(q, &job->ask);
	return ret;
}

/* --- answers --------------------------------------------------------------------------------- */

static int
tap_start(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	struct cgn_tapper_job job = { 0 };
	uint32_t id;
	int ret = read_job(q, &job);

	if (ret == 0)
		ret = cgn_tapper_start(cgn_control_tapper(q->control), &job,
				cgn_control_conf(q->control), now_ms, &id);
	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "id", id);
	rte_tel_data_add_dict_uint(q->out, "format", CGN_TAP_FORMAT);
	return 0;
}

static int
tap_filter(struct cgn_telemetry_question *q, uint32_t id, uint64_t now_ms)
{
	struct bpf_insn code[CGN_TAP_FILTER_PART];
	char text[CGN_TELEMETRY_PARAMS_MAX];
	int n, ret;

	if (!cgn_telemetry_question_param(q, "part", text))
		return -EINVAL;
	n = cgn_tap_filter_parse(text, code, CGN_TAP_FILTER_PART);
	if (n < 0)
		return n;
	ret = cgn_tapper_filter(cgn_control_tapper(q->control), id, code, (size_t)n, now_ms);
	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "instructions", (uint64_t)n);
	return 0;
}

static int
tap_read(struct rte_tel_data *out, struct cgn_control *control, uint32_t id, uint64_t now_ms)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * CGN_TELEMETRY_TAP_STEP + 1];
	uint8_t octets[CGN_TELEMETRY_TAP_STEP];
	size_t n;
	int ret = cgn_tapper_read(
			cgn_control_tapper(control), id, octets, sizeof(octets), &n, now_ms);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[octets[i] >> 4];
		text[2 * i + 1] = digits[octets[i] & 15];
	}
	text[2 * n] = '\0';
	rte_tel_data_string(out, text);
	return 0;
}

static int
tap_stop(struct rte_tel_data *out, struct cgn_control *control, uint32_t id, uint64_t now_ms)
{
	int ret = cgn_tapper_stop(cgn_control_tapper(control), id, now_ms);

	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_uint(out, "stopped", 1);
	return 0;
}

int
cgn_telemetry_tap(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char what[CGN_TELEMETRY_PARAMS_MAX];
	uint32_t id = 0;

	if (!cgn_telemetry_question_param(q, "do", what) || number(q, "id", 1, UINT32_MAX, &id) < 0)
		return -EINVAL;
	if (strcmp(what, "start") == 0)
		return tap_start(q, now_ms);
	if (id == 0)
		return -EINVAL;
	if (strcmp(what, "filter") == 0)
		return tap_filter(q, id, now_ms);
	if (strcmp(what, "read") == 0)
		return tap_read(q->out, q->control, id, now_ms);
	return strcmp(what, "stop") == 0 ? tap_stop(q->out, q->control, id, now_ms) : -EINVAL;
}

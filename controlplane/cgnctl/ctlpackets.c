/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Shows the records of a trace: as text, a paragraph for each packet, or as JSON, a line for each.
 */
#include "controlplane/cgnctl/ctlpackets.h"

#include "controlplane/cgnctl/ctlframe.h"
#include "controlplane/cgnctl/ctlstages.h"
#include "controlplane/cgnctl/ctltap.h"
#include "shared/addr_text.h"
#include "shared/table.h"
#include "shared/tcpstate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 160

struct job {
	const struct cgn_ctlargs *args;
	FILE *out;
	bool want_json;
};

/* --- words ----------------------------------------------------------------------------------- */

static const char *
port_name(const struct cgn_tap_names *names, unsigned int port)
{
	return port < names->n_ports && port < CGN_PORTS_MAX ? names->port[port] : "?";
}

static const char *
proto_name(uint8_t proto)
{
	static const char *const name[CGN_PROTO_COUNT] = {
		[CGN_PROTO_UDP] = "udp", [CGN_PROTO_TCP] = "tcp", [CGN_PROTO_ICMP] = "icmp"
	};

	return proto < CGN_PROTO_COUNT ? name[proto] : "?";
}

static const char *
endpoint(const struct cgn_ep4 *ep, char buf[static TEXT_MAX])
{
	char text[CGN_ADDR_TEXT_MAX];

	snprintf(buf, TEXT_MAX, "%s/%s",
			cgn_addr_text_format_ep4(ep->addr, rte_be_to_cpu_16(ep->port), text),
			proto_name(ep->proto));
	return buf;
}

static const char *
origin(uint8_t flags)
{
	if ((flags & CGN_MAPPING_STATIC) != 0)
		return "static";
	return (flags & CGN_MAPPING_LEASE) != 0 ? "lease" : "implicit";
}

static const char *
entry_name(uint8_t entry)
{
	static const char *const name[] = {
		[CGN_TAP_RECEIVED] = "received",
		[CGN_TAP_HANDED] = "handed_over",
		[CGN_TAP_HAIRPIN] = "hairpin",
		[CGN_TAP_LATER] = "later",
		[CGN_TAP_LEFT] = "left",
	};

	return entry < sizeof(name) / sizeof(name[0]) ? name[entry] : "?";
}

static const char *
found_name(uint8_t found)
{
	static const char *const name[] = {
		[CGN_TAP_NOT_SOUGHT] = "not_sought",
		[CGN_TAP_NONE] = "none",
		[CGN_TAP_FOUND] = "found",
		[CGN_TAP_MADE] = "made",
		[CGN_TAP_HOLD_DOWN] = "hold_down",
		[CGN_TAP_ELSEWHERE] = "elsewhere",
	};

	return found < sizeof(name) / sizeof(name[0]) ? name[found] : "?";
}

static const char *
hop_name(uint8_t state)
{
	static const char *const name[] = {
		[CGN_TAP_HOP_NOT_SOUGHT] = "not_sought",
		[CGN_TAP_HOP_NO_ROUTE] = "no_route",
		[CGN_TAP_HOP_UNRESOLVED] = "unresolved",
		[CGN_TAP_HOP_KNOWN] = "known",
	};

	return state < sizeof(name) / sizeof(name[0]) ? name[state] : "?";
}

static bool
has_mapping(const struct cgn_tap_mapping *m)
{
	return m->found == CGN_TAP_FOUND || m->found == CGN_TAP_MADE;
}

/* The time of a packet, such as 2026-11-30T13:05:07.123456Z. @param fmt  of strftime(), the part before the second's */
static const char *
time_text(uint64_t ns, bool is_local, char buf[static TEXT_MAX])
{
	time_t s = (time_t)(ns / 1000000000u);
	unsigned int us = (unsigned int)(ns % 1000000000u / 1000u);
	struct tm tm;
	char text[TEXT_MAX / 2];

	if (is_local) {
		localtime_r(&s, &tm);
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	} else {
		gmtime_r(&s, &tm);
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	}
	snprintf(buf, TEXT_MAX, "%s.%06u%s", text, us, is_local ? "" : "Z");
	return buf;
}

static const char *
mac_text(const uint8_t mac[6], char buf[static TEXT_MAX])
{
	snprintf(buf, TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			mac[4], mac[5]);
	return buf;
}

/* What became of a packet without a verdict. */
static const char *
fate_text(const struct cgn_tap_record *r, char *buf, size_t size)
{
	if (r->fate == CGN_TAP_PASSED)
		snprintf(buf, size, "goes on at worker %u", r->to_worker);
	else if (r->fate == CGN_TAP_HELD && r->is_fragment)
		snprintf(buf, size, "held: waits for the other fragments");
	else if (r->fate == CGN_TAP_HELD)
		snprintf(buf, size, "held: waits until the next hop answers");
	else
		snprintf(buf, size, "made by cgnd itself");
	return buf;
}

/* --- a line for a capture -------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void
add(char buf[static CGN_CTLPACKETS_COMMENT_MAX], const char *format, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	va_start(ap, format);
	vsnprintf(buf + n, CGN_CTLPACKETS_COMMENT_MAX - n, format, ap);
	va_end(ap);
}

static void
add_mapping(char buf[static CGN_CTLPACKETS_COMMENT_MAX], const struct cgn_tap_mapping *m)
{
	char in[TEXT_MAX], ext[TEXT_MAX];

	if (has_mapping(m))
		add(buf, "; mapping %s = %s, %s, %s", endpoint(&m->in, in), endpoint(&m->ext, ext),
				origin(m->flags),
				m->found == CGN_TAP_MADE ? "made by this packet" : "found");
}

/* Where a packet went that came by a port. */
static void
add_sent(char buf[static CGN_CTLPACKETS_COMMENT_MAX], const struct cgn_tap_names *names,
		const struct cgn_tap_record *r)
{
	for (unsigned int i = 0; i < r->n_frames; i++) {
		const struct cgn_tap_frame *f = cgn_ctltap_frame(r, i);
		char text[CGN_CTLFRAME_MAX];

		if (f->is_sent)
			add(buf, "; sent by %s: %s", port_name(names, f->port),
					cgn_ctlframe_text(cgn_ctltap_octets(f), f->caplen, f->len,
							text));
	}
}

const char *
cgn_ctlpackets_comment(const struct cgn_tap_names *names, const struct cgn_tap_record *r,
		const struct cgn_tap_frame *f, char buf[static CGN_CTLPACKETS_COMMENT_MAX])
{
	char text[TEXT_MAX];

	buf[0] = '\0';
	if (r->verdict < CGN_V_COUNT) {
		enum cgn_verdict v = (enum cgn_verdict)r->verdict;

		add(buf, "%s (%s): %s", cgn_verdict_name(v),
				cgn_verdict_class_name(cgn_verdict_class(v)), cgn_verdict_help(v));
	} else {
		add(buf, "%s", fate_text(r, text, sizeof(text)));
	}
	if (r->group[0] != '\0')
		add(buf, "; group %.*s", CGN_NAME_MAX, r->group);
	add_mapping(buf, &r->from);
	add_mapping(buf, &r->to);
	if (!f->is_sent)
		add_sent(buf, names, r);
	else if (r->entry != CGN_TAP_LEFT)
		add(buf, "; received by %s", port_name(names, r->port));
	return buf;
}

/* --- text ------------------------------------------------------------------------------------ */

static void
print_frame(FILE *out, const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	const struct cgn_tap_frame *f = cgn_ctltap_frame(r, 0);
	char text[CGN_CTLFRAME_MAX] = "", when[TEXT_MAX];

	if (f != NULL)
		(void)cgn_ctlframe_text(cgn_ctltap_octets(f), f->caplen, f->len, text);
	fprintf(out, "%s %s, worker %u, packet %u%s\n   packet      %s\n",
			time_text(r->time_ns, true, when), port_name(names, r->port), r->worker,
			r->number,
			r->entry == CGN_TAP_LATER ? " again: it was held until now"
					: r->entry == CGN_TAP_HANDED
					? ", handed over by another worker"
					: r->entry == CGN_TAP_HAIRPIN ? ", second half of a hairpin"
								      : "",
			text);
}

static void
print_hop(FILE *out, const struct cgn_tap_names *names, const char *title,
		const struct cgn_tap_hop *h)
{
	char to[CGN_ADDR_TEXT_MAX], via[CGN_ADDR_TEXT_MAX], mac[TEXT_MAX];

	if (h->state == CGN_TAP_HOP_NOT_SOUGHT)
		return;
	(void)cgn_addr_text_format_ip(&h->to, to);
	if (h->state == CGN_TAP_HOP_NO_ROUTE) {
		fprintf(out, "   %-11s no route to %s\n", title, to);
		return;
	}
	fprintf(out, "   %-11s to %s: %s by %s, %s, MTU %u\n", title, to,
			cgn_addr_text_format_ip(&h->addr, via), port_name(names, h->port),
			h->state == CGN_TAP_HOP_KNOWN ? mac_text(h->mac, mac)
						      : "no MAC address known",
			h->mtu);
}

static void
print_mapping(FILE *out, const struct cgn_tap_mapping *m, const struct cgn_ep4 *key,
		const struct cgn_ep4 *other, bool is_error)
{
	char text[TEXT_MAX], remote[CGN_ADDR_TEXT_MAX];

	if (m->found == CGN_TAP_NOT_SOUGHT)
		return;
	fprintf(out, "   key         %s%s\n", endpoint(key, text),
			is_error ? ", of the packet that the error quotes" : "");
	if (!has_mapping(m)) {
		fprintf(out, "   mapping     %s\n",
				m->found == CGN_TAP_NONE ? "none"
						: m->found == CGN_TAP_HOLD_DOWN
						? "none: the port is in hold-down"
						: "another worker has it");
		return;
	}
	fprintf(out, "   mapping     %s, %s, %s", endpoint(other, text), origin(m->flags),
			m->found == CGN_TAP_MADE ? "made by this packet" : "found");
	if (m->rem_addr != 0)
		fprintf(out, ", first remote %s",
				cgn_addr_text_format_ep4(m->rem_addr, rte_be_to_cpu_16(m->rem_port),
						remote));
	if (m->in.proto == CGN_PROTO_TCP)
		fprintf(out, ", %s", cgn_tcpstate_name((enum cgn_tcp_state)m->tcp_state));
	fputc('\n', out);
}

static void
print_stages(FILE *out, const struct cgn_tap_record *r)
{
	const char *stage[CGN_CTLSTAGES_MAX];
	bool is_decided;
	unsigned int n = cgn_ctlstages_list(r, stage, &is_decided);

	fputs("   stages      ", out);
	for (unsigned int i = 0; i < n; i++)
		fprintf(out, "%s%s",
				i == 0                                     ? ""
						: i + 1 == n && is_decided ? "; ends at "
									   : ", ",
				stage[i]);
	fputc('\n', out);
}

static void
print_sent(FILE *out, const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	char text[CGN_CTLFRAME_MAX];

	for (unsigned int i = 0; i < r->n_frames; i++) {
		const struct cgn_tap_frame *f = cgn_ctltap_frame(r, i);

		if (f->is_sent)
			fprintf(out, "   sent        %s: %s\n", port_name(names, f->port),
					cgn_ctlframe_text(cgn_ctltap_octets(f), f->caplen, f->len,
							text));
	}
}

void
cgn_ctlpackets_print(FILE *out, const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	char text[TEXT_MAX], b4[CGN_ADDR_TEXT_MAX];

	print_frame(out, names, r);
	if (!cgn_ip6_is_zero(&r->b4))
		fprintf(out, "   softwire    of the B4 %s\n", cgn_addr_text_format_ip6(&r->b4, b4));
	if (r->group[0] != '\0')
		fprintf(out, "   group       %.*s\n", CGN_NAME_MAX, r->group);
	else if (r->back.state != CGN_TAP_HOP_NOT_SOUGHT)
		fputs("   group       none has this source\n", out);
	print_hop(out, names, "way back", &r->back);
	print_mapping(out, &r->from, &r->from.in, &r->from.ext, r->is_error);
	print_mapping(out, &r->to, &r->to.ext, &r->to.in, r->is_error);
	print_hop(out, names, "next hop", &r->hop);
	print_stages(out, r);
	if (r->n_parts != 0)
		fprintf(out, "   datagram    whole now, of %u fragments\n", r->n_parts + 1);
	if (r->verdict >= CGN_V_COUNT)
		fprintf(out, "   verdict     none yet, %s\n", fate_text(r, text, sizeof(text)));
	else
		fprintf(out, "   verdict     %s (%s): %s\n",
				cgn_verdict_name((enum cgn_verdict)r->verdict),
				cgn_verdict_class_name(
						cgn_verdict_class((enum cgn_verdict)r->verdict)),
				cgn_verdict_help((enum cgn_verdict)r->verdict));
	print_sent(out, names, r);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *
json_mapping(const struct cgn_tap_mapping *m, bool is_from)
{
	char in[TEXT_MAX], ext[TEXT_MAX], remote[CGN_ADDR_TEXT_MAX];
	bool is_there = has_mapping(m);
	json_t *j;

	if (m->found == CGN_TAP_NOT_SOUGHT)
		return NULL;
	j = json_pack("{ss}", "found", found_name(m->found));
	if (is_there || is_from)
		json_object_set_new(j, "in", json_string(endpoint(&m->in, in)));
	if (is_there || !is_from)
		json_object_set_new(j, "ext", json_string(endpoint(&m->ext, ext)));
	if (!is_there)
		return j;
	json_object_set_new(j, "origin", json_string(origin(m->flags)));
	if (m->rem_addr != 0)
		json_object_set_new(j, "rem",
				json_string(cgn_addr_text_format_ep4(m->rem_addr,
						rte_be_to_cpu_16(m->rem_port), remote)));
	if (m->in.proto == CGN_PROTO_TCP)
		json_object_set_new(j, "tcp_state",
				json_string(cgn_tcpstate_name((enum cgn_tcp_state)m->tcp_state)));
	return j;
}

static json_t *
json_hop(const struct cgn_tap_names *names, const struct cgn_tap_hop *h)
{
	char to[CGN_ADDR_TEXT_MAX], via[CGN_ADDR_TEXT_MAX], mac[TEXT_MAX];
	json_t *j;

	if (h->state == CGN_TAP_HOP_NOT_SOUGHT)
		return NULL;
	j = json_pack("{ssss}", "to", cgn_addr_text_format_ip(&h->to, to), "state",
			hop_name(h->state));
	if (h->state == CGN_TAP_HOP_NO_ROUTE)
		return j;
	json_object_set_new(j, "address", json_string(cgn_addr_text_format_ip(&h->addr, via)));
	json_object_set_new(j, "port", json_string(port_name(names, h->port)));
	json_object_set_new(j, "mtu", json_integer(h->mtu));
	if (h->state == CGN_TAP_HOP_KNOWN)
		json_object_set_new(j, "mac", json_string(mac_text(h->mac, mac)));
	return j;
}

static json_t *
json_stages(const struct cgn_tap_record *r)
{
	const char *stage[CGN_CTLSTAGES_MAX];
	bool is_decided;
	unsigned int n = cgn_ctlstages_list(r, stage, &is_decided);
	json_t *list = json_array();

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(list, json_string(stage[i]));
	return list;
}

static json_t *
json_frame(const struct cgn_tap_frame *f)
{
	char text[CGN_CTLFRAME_MAX];

	return json_string(cgn_ctlframe_text(cgn_ctltap_octets(f), f->caplen, f->len, text));
}

static json_t *
json_sent(const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < r->n_frames; i++) {
		const struct cgn_tap_frame *f = cgn_ctltap_frame(r, i);

		if (f->is_sent)
			json_array_append_new(list,
					json_pack("{ssso}", "port", port_name(names, f->port),
							"packet", json_frame(f)));
	}
	return list;
}

static void
set(json_t *j, const char *key, json_t *value)
{
	if (value != NULL)
		json_object_set_new(j, key, value);
}

json_t *
cgn_ctlpackets_json(const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	char text[TEXT_MAX], b4[CGN_ADDR_TEXT_MAX];
	const struct cgn_tap_frame *f = cgn_ctltap_frame(r, 0);
	json_t *j = json_pack("{sssIsIssss}", "time", time_text(r->time_ns, false, text), "worker",
			(json_int_t)r->worker, "packet_number", (json_int_t)r->number, "entry",
			entry_name(r->entry), "port", port_name(names, r->port));

	if (j == NULL)
		return NULL;
	if (f != NULL)
		set(j, "packet", json_frame(f));
	if (!cgn_ip6_is_zero(&r->b4))
		set(j, "b4", json_string(cgn_addr_text_format_ip6(&r->b4, b4)));
	if (r->group[0] != '\0')
		set(j, "group", json_stringn(r->group, strnlen(r->group, CGN_NAME_MAX)));
	set(j, "back", json_hop(names, &r->back));
	set(j, "from", json_mapping(&r->from, true));
	set(j, "to", json_mapping(&r->to, false));
	set(j, "hop", json_hop(names, &r->hop));
	set(j, "stages", json_stages(r));
	if (r->n_parts != 0)
		set(j, "fragments", json_integer((json_int_t)r->n_parts + 1));
	if (r->verdict < CGN_V_COUNT) {
		enum cgn_verdict v = (enum cgn_verdict)r->verdict;

		set(j, "verdict", json_string(cgn_verdict_name(v)));
		set(j, "class", json_string(cgn_verdict_class_name(cgn_verdict_class(v))));
		set(j, "why", json_string(cgn_verdict_help(v)));
	} else {
		set(j, "why", json_string(fate_text(r, text, sizeof(text))));
	}
	set(j, "sent", json_sent(names, r));
	return j;
}

/* --- the command ----------------------------------------------------------------------------- */

/* The trace has begun. */
static int
take_names(void *ctx, const struct cgn_tap_names *names)
{
	const struct job *job = ctx;

	(void)names;
	cgn_ctltap_tell_start(job->args, "waits for packets");
	return 0;
}

static int
take_packet(void *ctx, const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	struct job *job = ctx;
	json_t *j;

	if (!job->want_json) {
		cgn_ctlpackets_print(job->out, names, r);
	} else {
		j = cgn_ctlpackets_json(names, r);
		if (j == NULL)
			return -ENOMEM;
		json_dumpf(j, job->out, JSON_COMPACT);
		fputc('\n', job->out);
		json_decref(j);
	}
	/* Who looks at it waits for the next packet. */
	return fflush(job->out) == 0 ? 0 : -errno;
}

int
cgn_ctlpackets_trace(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	struct job job = { .args = args, .out = out, .want_json = args->want_json };
	const struct cgn_ctltap_reader reader = {
		.mode = "trace", .names = take_names, .packet = take_packet, .ctx = &job
	};
	struct cgn_tap_end end;
	int ret = cgn_ctltap_run(s, args, &reader, &end);

	if (ret == 0)
		ret = cgn_ctltap_tell_end(&end, "packets");
	return ret;
}

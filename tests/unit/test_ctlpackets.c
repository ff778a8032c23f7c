/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/cgnctl/ctlframe.h"
#include "controlplane/cgnctl/ctlpackets.h"
#include "controlplane/cgnctl/ctlstages.h"
#include "controlplane/cgnctl/ctltap.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ETH "\x02\0\0\0\0\1\x02\0\0\0\0\2"

static const struct cgn_tap_names names = {
	.head = { .size = sizeof(names), .kind = CGN_TAP_NAMES },
	.n_ports = 2,
	.port = { "inside0", "outside0" },
};

/* A UDP datagram 10.0.0.1:5000 > 203.0.113.5:53. */
static const char udp[] = ETH "\x08\0\x45\0\0\x1c\0\1\0\0\x40\x11\0\0\x0a\0\0\1\xcb\0\x71\5"
			      "\x13\x88\0\x35\0\x08\0\0";

static void
expect_text(const char *frame, size_t len, const char *want)
{
	char buf[CGN_CTLFRAME_MAX];

	(void)cgn_ctlframe_text((const uint8_t *)frame, len, len, buf);
	CU_ASSERT_STRING_EQUAL(buf, want);
	if (strcmp(buf, want) != 0)
		printf("\n%s\n", buf);
}

static void
frames_are_told_in_one_line(void)
{
	static const char tcp[] = ETH
			"\x81\0\0\7\x08\0\x45\0\0\x28\0\1\x40\0\x3f\6\0\0\x0a\0\0\1\xcb\0\x71\5"
			"\x13\x88\0\x50\0\0\0\0\0\0\0\0\x50\x12\0\0\0\0\0\0";
	static const char error[] = ETH
			"\x08\0\x45\0\0\x38\0\1\0\0\x40\1\0\0\xc0\0\2\1\x0a\0\0\1\x0b\0\0\0\0\0\0\0"
			"\x45\0\0\x1c\0\1\0\0\1\x11\0\0\x0a\0\0\1\xcb\0\x71\5\x13\x88\0\x35\0\x08\0\0";
	static const char arp[] = ETH
			"\x08\6\0\1\x08\0\6\4\0\1\0\0\0\0\0\0\x0a\0\0\1\0\0\0\0\0\0\x0a\0\0\2";
	static const char late[] = ETH
			"\x08\0\x45\0\0\x1c\0\1\0\xb9\x40\x11\0\0\x0a\0\0\1\xcb\0\x71\5"
			"\x13\x88\0\x35\0\x08\0\0";

	expect_text(udp, sizeof(udp) - 1, "udp 10.0.0.1:5000 > 203.0.113.5:53, ttl 64, 28 octets");
	expect_text(tcp, sizeof(tcp) - 1,
			"vlan 7 tcp 10.0.0.1:5000 > 203.0.113.5:80 SYN+ACK, DF, ttl 63, 40 octets");
	expect_text(error, sizeof(error) - 1,
			"icmp 192.0.2.1 > 10.0.0.1 time exceeded (11/0), ttl 64, 56 octets, about "
			"udp 10.0.0.1:5000 > 203.0.113.5:53, ttl 1, 28 octets");
	expect_text(arp, sizeof(arp) - 1, "arp 10.0.0.1 asks for 10.0.0.2");
	expect_text(late, sizeof(late) - 1,
			"udp 10.0.0.1 > 203.0.113.5, fragment at 1480, ttl 64, 28 octets");
	expect_text(udp, 20, "IPv4, header cut short");
	expect_text(udp, 10, "frame of 10 octets");
}

/* G-DAY-21: a verdict without a stage would be a hole in what a trace tells. */
static void
every_verdict_has_a_stage(void)
{
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		CU_ASSERT_PTR_NOT_NULL(cgn_ctlstages_of((uint8_t)v));
		if (cgn_ctlstages_of((uint8_t)v) == NULL)
			printf("\nno stage: %s\n", cgn_verdict_name((enum cgn_verdict)v));
	}
	CU_ASSERT_PTR_NULL(cgn_ctlstages_of(CGN_V_NONE));
}

/* A record with the datagram, and with it again as sent. */
static const struct cgn_tap_record *
record(enum cgn_verdict v, unsigned int n_frames)
{
	static union {
		struct cgn_tap_record r;
		uint8_t octets[1024];
	} u;
	uint8_t *at = u.octets + sizeof(u.r);

	memset(&u, 0, sizeof(u));
	u.r.head = (struct cgn_tap_head){ .size = sizeof(u.r), .kind = CGN_TAP_PACKET };
	u.r.time_ns = UINT64_C(1796045107123456000);
	u.r.number = 7;
	u.r.verdict = (uint8_t)v;
	u.r.parsed = CGN_V_NONE;
	u.r.n_frames = (uint8_t)n_frames;
	for (unsigned int i = 0; i < n_frames; i++) {
		struct cgn_tap_frame *f = (void *)at;

		f->len = f->caplen = sizeof(udp) - 1;
		f->size = sizeof(*f) + (f->caplen + 7) / 8 * 8;
		f->is_sent = i > 0;
		f->port = (uint8_t)i;
		memcpy(f + 1, udp, f->caplen);
		at += f->size;
		u.r.head.size += f->size;
	}
	u.r.from.found = CGN_TAP_MADE;
	u.r.from.in = (struct cgn_ep4){ .addr = RTE_BE32(0x0a000001), .port = RTE_BE16(5000) };
	u.r.from.ext = (struct cgn_ep4){ .addr = RTE_BE32(0xc6336401), .port = RTE_BE16(20000) };
	strcpy(u.r.group, "homes");
	u.r.hop.state = CGN_TAP_HOP_KNOWN;
	u.r.hop.to.ip4 = RTE_BE32(0xcb007105);
	u.r.hop.addr.ip4 = RTE_BE32(0xc0000201);
	u.r.hop.port = 1;
	u.r.hop.mtu = 1500;
	return &u.r;
}

/* G-DAY-20 */
static void
packet_is_told_as_text(void)
{
	static const char want[] =
			"   packet      udp 10.0.0.1:5000 > 203.0.113.5:53, ttl 64, 28 octets\n"
			"   group       homes\n"
			"   key         10.0.0.1:5000/udp\n"
			"   mapping     198.51.100.1:20000/udp, implicit, made by this packet\n"
			"   next hop    to 203.0.113.5: 192.0.2.1 by outside0, 00:00:00:00:00:00, MTU 1500\n"
			"   stages      parse, address, ttl, route, source, mapping, translate, neighbour, device\n"
			"   verdict     out (forwarded): inside to outside, translated and forwarded\n"
			"   sent        outside0: udp 10.0.0.1:5000 > 203.0.113.5:53, ttl 64, 28 octets\n";
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	cgn_ctlpackets_print(out, &names, record(CGN_V_OUT, 2));
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " inside0, worker 0, packet 7\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, want));
	if (strstr(text, want) == NULL)
		printf("\n%s", text);
	free(text);
}

/* G-DAY-20 */
static void
packet_is_told_as_json(void)
{
	json_t *j = cgn_ctlpackets_json(&names, record(CGN_V_SUB_PORTS, 1));
	json_t *stages = json_object_get(j, "stages");

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(j, "time")),
			"2026-11-30T13:25:07.123456Z");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(j, "verdict")), "sub_ports");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(j, "class")), "dropped");
	CU_ASSERT_STRING_EQUAL(
			json_string_value(json_object_get(json_object_get(j, "from"), "ext")),
			"198.51.100.1:20000/udp");
	CU_ASSERT_STRING_EQUAL(
			json_string_value(json_array_get(stages, json_array_size(stages) - 1)),
			"mapping");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(j, "sent")), 0);
	json_decref(j);
}

/* G-DAY-26: the frame that came and the one that left tell of each other. */
static void
comments_tell_verdict_and_mapping(void)
{
	const struct cgn_tap_record *r = record(CGN_V_OUT, 2);
	char buf[CGN_CTLPACKETS_COMMENT_MAX];

	CU_ASSERT_STRING_EQUAL(cgn_ctlpackets_comment(&names, r, cgn_ctltap_frame(r, 0), buf),
			"out (forwarded): inside to outside, translated and forwarded; group homes; "
			"mapping 10.0.0.1:5000/udp = 198.51.100.1:20000/udp, implicit, made by this packet; "
			"sent by outside0: udp 10.0.0.1:5000 > 203.0.113.5:53, ttl 64, 28 octets");
	CU_ASSERT_STRING_EQUAL(cgn_ctlpackets_comment(&names, r, cgn_ctltap_frame(r, 1), buf),
			"out (forwarded): inside to outside, translated and forwarded; group homes; "
			"mapping 10.0.0.1:5000/udp = 198.51.100.1:20000/udp, implicit, made by this packet; "
			"received by inside0");
	r = record(CGN_V_NONE, 1);
	((struct cgn_tap_record *)(uintptr_t)r)->fate = CGN_TAP_HELD;
	CU_ASSERT_PTR_NOT_NULL(
			strstr(cgn_ctlpackets_comment(&names, r, cgn_ctltap_frame(r, 0), buf),
					"held: waits until the next hop answers; group homes"));
}

/* The keys of a table of config/JSON.md, with the number of times that they are there. */
static json_t *
documented_keys(void)
{
	json_t *keys = json_object();
	char line[512];
	FILE *f = fopen(CGN_SOURCE_DIR "/config/JSON.md", "r");
	bool is_in = false;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] != '|')
			is_in = false;
		else if (strncmp(line, "| key of a packet |", 19) == 0)
			is_in = true;
		/* The first cell has one key or several. */
		line[1 + strcspn(line + 1, "|")] = '\0';
		for (char *rest = line, *key; is_in && strsep(&rest, "`") != NULL;) {
			key = strsep(&rest, "`");
			if (key != NULL)
				json_object_set_new(keys, key, json_true());
		}
	}
	fclose(f);
	return keys;
}

static void
add_keys(json_t *keys, const char *prefix, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		char name[80];
		json_t *first = json_array_get(value, 0);

		snprintf(name, sizeof(name), "%s%s", prefix, key);
		if (json_is_object(first))
			value = first;
		if (!json_is_object(value)) {
			json_object_set_new(keys, name, json_true());
			continue;
		}
		strcat(name, ".");
		add_keys(keys, name, value);
	}
}

/* G-DAY-20: config/JSON.md has all keys, and no others. */
static void
all_keys_are_documented(void)
{
	struct cgn_tap_record *r = (struct cgn_tap_record *)(uintptr_t)record(CGN_V_OUT, 2);
	json_t *has = json_object(), *documented = documented_keys(), *j;

	r->b4.b[0] = 0x20;
	r->from.rem_addr = 1;
	r->from.in.proto = CGN_PROTO_TCP;
	r->to = r->from;
	r->back = r->hop;
	r->n_parts = 2;
	j = cgn_ctlpackets_json(&names, r);
	add_keys(has, "", j);
	CU_ASSERT_TRUE(json_equal(has, documented));
	if (!json_equal(has, documented)) {
		json_dumpf(has, stdout, JSON_SORT_KEYS);
		json_dumpf(documented, stdout, JSON_SORT_KEYS);
	}
	json_decref(j);
	json_decref(has);
	json_decref(documented);
}

/* cgnctl does not read behind a record, whatever is in it. */
static void
records_that_do_not_fit_are_refused(void)
{
	union {
		struct cgn_tap_record r;
		uint8_t octets[1024];
	} u;
	struct cgn_tap_frame *f = (void *)(u.octets + sizeof(u.r));
	uint32_t size;

	memset(&u, 0, sizeof(u));
	memcpy(&u, record(CGN_V_OUT, 2), record(CGN_V_OUT, 2)->head.size);
	size = u.r.head.size;
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size), size);
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size - 1), 0);
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, 4), 0);
	CU_ASSERT_PTR_NULL(cgn_ctltap_frame(&u.r, 2));
	f->caplen = f->size;
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size), -EPROTO);
	memcpy(&u, record(CGN_V_OUT, 2), size);
	u.r.n_frames = 3;
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size), -EPROTO);
	memcpy(&u, record(CGN_V_OUT, 2), size);
	f->size = UINT32_MAX - 7;
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size), -EPROTO);
	memcpy(&u, record(CGN_V_OUT, 2), size);
	u.r.head.kind = 99;
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size), -EPROTO);
	u.r.head = (struct cgn_tap_head){ .size = 0, .kind = CGN_TAP_PACKET };
	CU_ASSERT_EQUAL(cgn_ctltap_next(u.octets, size), -EPROTO);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(frames_are_told_in_one_line),
	CU_TEST_ROW(every_verdict_has_a_stage),
	CU_TEST_ROW(packet_is_told_as_text),
	CU_TEST_ROW(packet_is_told_as_json),
	CU_TEST_ROW(comments_tell_verdict_and_mapping),
	CU_TEST_ROW(all_keys_are_documented),
	CU_TEST_ROW(records_that_do_not_fit_are_refused),
};

CU_MAIN("ctlpackets", tests)

/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/export/export_text.h"
#include "tests/support/exportfix.h"

static char line[CGN_EXPORT_TEXT_MAX];

#define HEAD(pri, msgid, producer)                                              \
	"<" pri ">1 2026-11-29T16:20:01.007Z cgn1.example.net cgnd 4711 " msgid \
	" [cgnd@32473 instance=\"cgnd\" boot=\"0123456789abcdef\" producer=\"" producer "\""

#define CHECK_LINE(o, r, want)                                                       \
	do {                                                                         \
		CU_ASSERT_EQUAL(cgn_export_text_line(line, (o), (r)), strlen(want)); \
		CU_ASSERT_STRING_EQUAL(line, (want));                                \
	} while (0)

/* G-LOG-1, G-LOG-7, RFC 6888 section 4: subscriber, external address, ports, UTC with milliseconds; RFC 5424 section 6. */
static void
a_block_tells_who_what_and_when(void)
{
	struct cgn_record r = exportfix_block(17);

	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "block-allocated",
					"worker0") " seq=\"17\" natEvent=\"16\""
						   " sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"32\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"1024\""
						   " portRangeEnd=\"1087\" natPoolName=\"homes\"]\n");
	r.event = CGN_RECORD_BLOCK_RELEASED;
	r.nat.pool = 2;
	r.nat.port_last = 65535;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "block-released",
					"worker0") " seq=\"17\" natEvent=\"17\""
						   " sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"32\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"1024\""
						   " portRangeEnd=\"65535\" natPoolName=\"fast\"]\n");
}

/* REQ: N-KEEP-14 */
static void
what_is_restored_has_its_cause(void)
{
	struct cgn_record r = exportfix_block(17);

	r.is_restored = true;
	(void)cgn_export_text_line(line, exportfix_origin(), &r);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " natPoolName=\"homes\" cause=\"restored\"]\n"));
}

/* G-LOG-1: a home behind a softwire is known by the prefix of its B4. */
static void
a_pairing_of_a_home_has_its_prefix(void)
{
	struct cgn_record r = exportfix_block(UINT64_MAX);

	r.event = CGN_RECORD_BINDING_CREATED;
	r.nat.inside = (struct cgn_ip){ .is_ip6 = true,
		.ip6.b = { 0x20, 0x01, 0x0d, 0xb8, 1, 0, 1 } };
	r.nat.inside_len = 56;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "binding-created",
					"worker0") " seq=\"18446744073709551615\" natEvent=\"14\""
						   " sourceIPv6Address=\"2001:db8:100:100::\" sourceIPv6PrefixLength=\"56\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" natPoolName=\"homes\"]\n");
	r.event = CGN_RECORD_BINDING_DELETED;
	(void)cgn_export_text_line(line, exportfix_origin(), &r);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " binding-deleted ["));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " natEvent=\"15\""));
}

static struct cgn_record
lease_record(struct cgn_record_extra *extra)
{
	struct cgn_record r = exportfix_block(9);

	r.event = CGN_RECORD_LEASE_MADE;
	r.producer = 1;
	r.lease = (struct cgn_record_lease){
		.extra = extra,
		.in_addr = RTE_BE32(0xc0a8010a),
		.ext_addr = RTE_BE32(0xc6336403),
		.in_port = 8080,
		.ext_port = 40080,
		.lifetime_s = 3600,
		.proto = CGN_PROTO_TCP,
	};
	return r;
}

/* L-IPS-6: the record names the authenticated peer. */
static void
a_lease_tells_who_has_opened_the_port(void)
{
	struct cgn_record_extra extra = { .peer = "CN=\"a]\\\"", .description = "my%20server" };
	struct cgn_record r = lease_record(NULL);

	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "lease-made",
					"control") " seq=\"9\" natEvent=\"8\""
						   " sourceIPv4Address=\"192.168.1.10\" sourceTransportPort=\"8080\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" postNAPTSourceTransportPort=\"40080\""
						   " protocolIdentifier=\"6\" leaseProtocol=\"natpmp\" leaseOpcode=\"map\""
						   " cause=\"request\" lifetimeSeconds=\"3600\"]\n");
	r = lease_record(&extra);
	r.event = CGN_RECORD_LEASE_ENDED;
	r.lease.is_pcp = r.lease.is_peer = true;
	r.lease.lifetime_s = 0;
	r.lease.proto = CGN_PROTO_UDP;
	r.lease.cause = CGN_RECORD_CAUSE_REVOKED;
	extra.b4 = (struct cgn_ip6){ .b = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "lease-ended",
					"control") " seq=\"9\" natEvent=\"9\""
						   " sourceIPv4Address=\"192.168.1.10\" sourceIPv6Address=\"2001:db8::1\""
						   " sourceTransportPort=\"8080\" postNATSourceIPv4Address=\"198.51.100.3\""
						   " postNAPTSourceTransportPort=\"40080\" protocolIdentifier=\"17\""
						   " leaseProtocol=\"pcp\" leaseOpcode=\"peer\" cause=\"revoked\""
						   " lifetimeSeconds=\"0\" authenticatedPeer=\"CN=\\\"a\\]\\\\\\\"\""
						   " description=\"my%20server\"]\n");
	r.event = CGN_RECORD_LEASE_RENEWED;
	(void)cgn_export_text_line(line, exportfix_origin(), &r);
	CU_ASSERT_PTR_NULL(strstr(line, "natEvent"));
}

/* G-LOG-1, RFC 8158 sections 5.1 and 5.2 */
static void
a_mapping_has_both_endpoints(void)
{
	struct cgn_record r = exportfix_block(9);

	r.event = CGN_RECORD_MAPPING_CREATED;
	r.flow = (struct cgn_record_flow){
		.in_addr = RTE_BE32(0x64400009),
		.ext_addr = RTE_BE32(0xc6336403),
		.in_port = 5000,
		.ext_port = 1024,
		.proto = CGN_PROTO_UDP,
	};
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "mapping-created",
					"worker0") " seq=\"9\" natEvent=\"8\""
						   " sourceIPv4Address=\"100.64.0.9\" sourceTransportPort=\"5000\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" postNAPTSourceTransportPort=\"1024\""
						   " protocolIdentifier=\"17\"]\n");
	r.event = CGN_RECORD_MAPPING_DELETED;
	r.flow.b4 = (struct cgn_ip6){ .b = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	r.flow.proto = CGN_PROTO_ICMP;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "mapping-deleted",
					"worker0") " seq=\"9\" natEvent=\"9\""
						   " sourceIPv4Address=\"100.64.0.9\" sourceIPv6Address=\"2001:db8::1\""
						   " sourceTransportPort=\"5000\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" postNAPTSourceTransportPort=\"1024\""
						   " protocolIdentifier=\"1\"]\n");
}

/* G-LOG-3, RFC 8158 section 5.1 */
static void
a_session_has_its_destination_only_if_it_is_recorded(void)
{
	struct cgn_record r = exportfix_block(9);

	r.event = CGN_RECORD_SESSION_CREATED;
	r.flow = (struct cgn_record_flow){
		.in_addr = RTE_BE32(0x64400009),
		.ext_addr = RTE_BE32(0xc6336403),
		.rem_addr = RTE_BE32(0xcb007105),
		.in_port = 5000,
		.ext_port = 1024,
		.rem_port = 443,
		.proto = CGN_PROTO_TCP,
	};
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("134", "session-created",
					"worker0") " seq=\"9\" natEvent=\"4\""
						   " sourceIPv4Address=\"100.64.0.9\" sourceTransportPort=\"5000\""
						   " postNATSourceIPv4Address=\"198.51.100.3\" postNAPTSourceTransportPort=\"1024\""
						   " protocolIdentifier=\"6\" destinationIPv4Address=\"203.0.113.5\""
						   " destinationTransportPort=\"443\"]\n");
	r.event = CGN_RECORD_SESSION_DELETED;
	r.flow.rem_addr = 0;
	r.flow.rem_port = 0;
	(void)cgn_export_text_line(line, exportfix_origin(), &r);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " natEvent=\"5\""));
	CU_ASSERT_PTR_NULL(strstr(line, "destination"));
}

/* G-LOG-2 */
static void
a_gap_has_numbers_and_kinds(void)
{
	struct cgn_record r = { .event = CGN_RECORD_GAP, .seq = 40, .gap.first = 17 };

	r.time = exportfix_block(1).time;
	r.gap.lost[CGN_RECORD_KIND_BLOCKS] = 20;
	r.gap.lost[CGN_RECORD_KIND_BINDINGS] = 4;
	r.producer = 1;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("132", "gap",
					"control") " first=\"17\" last=\"40\" lost=\"24\" lost.blocks=\"20\" lost.bindings=\"4\"]\n");
}

static void
start_and_stop_tell_of_the_run_before(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_record r = { .event = CGN_RECORD_START, .seq = 1, .producer = 2 };

	r.time = exportfix_block(1).time;
	CHECK_LINE(o, &r,
			HEAD("134", "start",
					"export") " seq=\"1\" after=\"nothing\" records=\"blocks\"]\n");
	snprintf(o->previous, sizeof(o->previous), "fedcba9876543210");
	o->after = CGN_EXPORT_AFTER_CRASH;
	o->kinds = UINT32_MAX;
	CHECK_LINE(o, &r,
			HEAD("132", "start",
					"export") " seq=\"1\" after=\"crash\" previousBoot=\"fedcba9876543210\""
						  " records=\"blocks,bindings,leases,quotas,thresholds,mappings,sessions\"]\n");
	o->after = CGN_EXPORT_AFTER_STOP;
	o->kinds = UINT32_C(1) << CGN_RECORD_KIND_LEASES;
	CHECK_LINE(o, &r,
			HEAD("134", "start",
					"export") " seq=\"1\" after=\"stop\" previousBoot=\"fedcba9876543210\""
						  " records=\"leases\"]\n");
	o->n_deterministic = 2;
	CHECK_LINE(o, &r,
			HEAD("134", "start",
					"export") " seq=\"1\" after=\"stop\" previousBoot=\"fedcba9876543210\""
						  " records=\"leases\" deterministicGroups=\"2\"]\n");
	r.event = CGN_RECORD_STOP;
	CHECK_LINE(o, &r, HEAD("134", "stop", "export") " seq=\"1\"]\n");
}

static void
a_checkpoint_has_the_last_number_and_none_of_its_own(void)
{
	struct cgn_record r = { .event = CGN_RECORD_CHECKPOINT, .seq = 40 };

	r.time = exportfix_block(1).time;
	CHECK_LINE(exportfix_origin(), &r, HEAD("134", "checkpoint", "worker0") " last=\"40\"]\n");
	r.seq = 0;
	CHECK_LINE(exportfix_origin(), &r, HEAD("134", "checkpoint", "worker0") " last=\"0\"]\n");
}

static void
a_step_of_the_clock_has_a_sign(void)
{
	struct cgn_record r = {
		.event = CGN_RECORD_CLOCK_STEP, .seq = 2, .producer = 2, .step_ms = -3600000
	};

	r.time = exportfix_block(1).time;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("132", "clock-step",
					"export") " seq=\"2\" stepMilliseconds=\"-3600000\"]\n");
}

/* RFC 5424 section 6.3.3 */
static void
quotes_backslashes_and_brackets_are_escaped(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_record r = exportfix_block(1);

	snprintf(o->pools.pieces[0][1], CGN_NAME_MAX, "%s", "a\"b\\c]d[e");
	(void)cgn_export_text_line(line, o, &r);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " natPoolName=\"a\\\"b\\\\c\\]d[e\"]\n"));
}

static struct cgn_record
quota_record(enum cgn_record_event event, enum cgn_record_limit limit)
{
	struct cgn_record r = exportfix_block(5);

	r.event = (uint8_t)event;
	r.quota = (struct cgn_record_quota){
		.addr.ip4 = RTE_BE32(0x64400009),
		.max = 1000,
		.refused = 17,
		.pool = 1,
		.limit = (uint8_t)limit,
		.proto = CGN_PROTO_COUNT,
	};
	return r;
}

/* RFC 8158 sections 4.6.5 and 4.6.6 */
static void
exhaustion_names_the_pool_or_the_address(void)
{
	struct cgn_record r = quota_record(CGN_RECORD_ADDRESSES_EXHAUSTED, CGN_RECORD_LIMIT_COUNT);

	r.quota.pool = 2;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("132", "addresses-exhausted",
					"worker0") " seq=\"5\" natEvent=\"3\" natPoolName=\"fast\" refused=\"17\"]\n");
	r = quota_record(CGN_RECORD_PORTS_EXHAUSTED, CGN_RECORD_LIMIT_COUNT);
	r.quota.addr.ip4 = RTE_BE32(0xc6336403);
	r.quota.proto = CGN_PROTO_TCP;
	r.quota.suppressed = 3;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("132", "ports-exhausted",
					"worker0") " seq=\"5\" natEvent=\"12\" postNATSourceIPv4Address=\"198.51.100.3\""
						   " protocolIdentifier=\"6\" natPoolName=\"homes\" refused=\"17\""
						   " suppressed=\"3\"]\n");
}

/* RFC 8158 section 4.6.7.3 */
static void
a_limit_of_a_subscriber_names_both(void)
{
	struct cgn_record r = quota_record(
			CGN_RECORD_QUOTA_EXCEEDED, CGN_RECORD_LIMIT_SUB_MAPPINGS_UDP);

	r.quota.addr_len = 32;
	r.quota.proto = CGN_PROTO_UDP;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("133", "quota-exceeded",
					"worker0") " seq=\"5\" natEvent=\"13\" natQuotaExceededEvent=\"3\""
						   " maxEntriesPerUser=\"1000\" sourceIPv4Address=\"100.64.0.9\""
						   " sourceIPv4PrefixLength=\"32\" limit=\"groups.mappings_udp_max\""
						   " protocolIdentifier=\"17\" refused=\"17\"]\n");
}

/* RFC 8158 sections 4.6.7.1 to 4.6.7.5 */
static void
limits_of_all_have_their_elements(void)
{
	static const struct {
		enum cgn_record_limit limit;
		const char *fields;
	} rows[] = {
		{ CGN_RECORD_LIMIT_SESSIONS,
				"natQuotaExceededEvent=\"1\" maxSessionEntries=\"1000\" limit=\"nat.sessions_max\"" },
		{ CGN_RECORD_LIMIT_MAPPINGS,
				"natQuotaExceededEvent=\"2\" maxBIBEntries=\"1000\" limit=\"nat.mappings_max\"" },
		{ CGN_RECORD_LIMIT_SUBSCRIBERS,
				"natQuotaExceededEvent=\"4\" maxSubscribers=\"1000\" limit=\"nat.subscribers_max\"" },
		{ CGN_RECORD_LIMIT_FRAGMENTS,
				"natQuotaExceededEvent=\"5\" maxFragmentsPendingReassembly=\"1000\""
				" sourceIPv4Address=\"100.64.0.9\" limit=\"nat.fragments_max\"" },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct cgn_record r = quota_record(CGN_RECORD_QUOTA_EXCEEDED, rows[i].limit);

		(void)cgn_export_text_line(line, exportfix_origin(), &r);
		CU_ASSERT_PTR_NOT_NULL(strstr(line, rows[i].fields));
		CU_ASSERT_PTR_NOT_NULL(strstr(line, "<132>1 "));
	}
}

/* G-NTF-1, RFC 8158 section 4.6.8 */
static void
a_threshold_tells_its_mark_and_what_was_measured(void)
{
	struct cgn_record r = exportfix_block(5);

	r.event = CGN_RECORD_THRESHOLD_REACHED;
	r.threshold = (struct cgn_record_threshold){
		.mark = 80,
		.value = 81,
		.entries = 52000,
		.pool = 2,
		.threshold = CGN_RECORD_THRESHOLD_POOL_HIGH,
		.proto = CGN_PROTO_UDP,
	};
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("132", "threshold-reached",
					"worker0") " seq=\"5\" natEvent=\"18\" natThresholdEvent=\"1\""
						   " addressPoolHighThreshold=\"80\" natPoolName=\"fast\""
						   " protocolIdentifier=\"17\" threshold=\"pools.use_high_percent\""
						   " mark=\"80\" value=\"81\" entries=\"52000\"]\n");
	r.threshold.threshold = CGN_RECORD_THRESHOLD_SUB_MAPPINGS_HIGH;
	r.threshold.proto = CGN_PROTO_COUNT;
	r.threshold.inside.ip4 = RTE_BE32(0x64400009);
	r.threshold.inside_len = 32;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("133", "threshold-reached",
					"worker0") " seq=\"5\" natEvent=\"18\" natThresholdEvent=\"4\""
						   " addressPortMappingHighThreshold=\"80\""
						   " sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"32\""
						   " threshold=\"groups.mappings_high\" mark=\"80\" value=\"81\""
						   " entries=\"52000\"]\n");
	r.threshold.threshold = CGN_RECORD_THRESHOLD_SESSIONS_HIGH;
	r.threshold.inside_len = 0;
	CHECK_LINE(exportfix_origin(), &r,
			HEAD("132", "threshold-reached",
					"worker0") " seq=\"5\" threshold=\"nat.sessions_high\" mark=\"80\""
						   " value=\"81\" entries=\"52000\"]\n");
}

/* RFC 5424 section 6.3.3: 32 characters at most. */
static void
check_names_of_fields(void)
{
	for (const char *p = strchr(line, '['); p != NULL; p = strchr(p + 1, ' ')) {
		const char *end = strchr(p + 1, '=');

		CU_ASSERT_TRUE(end == NULL || end - p - 1 <= 32);
	}
}

static void
names_of_fields_are_short(void)
{
	struct cgn_record r;

	for (unsigned int i = 0; i < CGN_RECORD_LIMIT_COUNT; i++) {
		r = quota_record(CGN_RECORD_QUOTA_EXCEEDED, (enum cgn_record_limit)i);
		(void)cgn_export_text_line(line, exportfix_origin(), &r);
		check_names_of_fields();
	}
	for (unsigned int i = 0; i < CGN_RECORD_THRESHOLD_COUNT; i++) {
		r = exportfix_block(1);
		r.event = CGN_RECORD_THRESHOLD_REACHED;
		r.threshold = (struct cgn_record_threshold){ .threshold = (uint8_t)i,
			.proto = CGN_PROTO_COUNT };
		(void)cgn_export_text_line(line, exportfix_origin(), &r);
		check_names_of_fields();
	}
}

/* The longest of all values. */
static void
the_longest_line_fits(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_record r = exportfix_block(UINT64_MAX);
	struct cgn_record_extra extra = { .n_users = 1 };

	memset(o->host, 'h', sizeof(o->host) - 1);
	memset(o->instance, '"', sizeof(o->instance) - 1);
	memset(o->pools.pieces[0][1], ']', CGN_NAME_MAX - 1);
	r.nat.inside.is_ip6 = true;
	memset(&r.nat.inside.ip6, 0xff, sizeof(r.nat.inside.ip6));
	r.nat.inside_len = 128;
	CU_ASSERT_TRUE(cgn_export_text_line(line, o, &r) < sizeof(line));
	CU_ASSERT_EQUAL(line[strlen(line) - 1], '\n');
	memset(extra.peer, '\\', sizeof(extra.peer) - 1);
	memset(extra.description, '%', sizeof(extra.description) - 1);
	memset(&extra.b4, 0xff, sizeof(extra.b4));
	r = lease_record(&extra);
	CU_ASSERT_TRUE(cgn_export_text_line(line, o, &r) < sizeof(line));
	CU_ASSERT_EQUAL(line[strlen(line) - 1], '\n');
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_block_tells_who_what_and_when),
	CU_TEST_ROW(what_is_restored_has_its_cause),
	CU_TEST_ROW(a_pairing_of_a_home_has_its_prefix),
	CU_TEST_ROW(a_lease_tells_who_has_opened_the_port),
	CU_TEST_ROW(a_mapping_has_both_endpoints),
	CU_TEST_ROW(a_session_has_its_destination_only_if_it_is_recorded),
	CU_TEST_ROW(a_gap_has_numbers_and_kinds),
	CU_TEST_ROW(start_and_stop_tell_of_the_run_before),
	CU_TEST_ROW(a_checkpoint_has_the_last_number_and_none_of_its_own),
	CU_TEST_ROW(a_step_of_the_clock_has_a_sign),
	CU_TEST_ROW(exhaustion_names_the_pool_or_the_address),
	CU_TEST_ROW(a_limit_of_a_subscriber_names_both),
	CU_TEST_ROW(limits_of_all_have_their_elements),
	CU_TEST_ROW(a_threshold_tells_its_mark_and_what_was_measured),
	CU_TEST_ROW(names_of_fields_are_short),
	CU_TEST_ROW(quotes_backslashes_and_brackets_are_escaped),
	CU_TEST_ROW(the_longest_line_fits),
};

CU_MAIN("export_text", tests)

/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/export/export_ipfix_fields.h"
#include "controlplane/export/export_ipfix_message.h"
#include "tests/support/exportfix.h"
#include "tests/support/ipfixread.h"

#define DOMAIN 77
#define TIME   UINT64_C(1795969201007)

/* Elements of IANA */
enum {
	PROTOCOL = 4,
	IN_PORT = 7,
	IN_ADDR = 8,
	IN_LEN = 9,
	REM_PORT = 11,
	REM_ADDR = 12,
	IN_ADDR6 = 27,
	IN_LEN6 = 29,
	PROCESS = 144,
	DOMAIN_ID = 149,
	NOT_SENT = 166,
	EXT_ADDR = 225,
	EXT_PORT = 227,
	NAT_EVENT = 230,
	POOL = 283,
	POOL_NAME = 284,
	DOMAIN_NAME = 300,
	TIME_MS = 323,
	PORT_FIRST = 361,
	PORT_LAST = 362,
	QUOTA = 466,
	THRESHOLD = 467,
};

/* Elements of cgnd */
enum {
	BOOT = 1,
	PRODUCER,
	SEQ,
	EVENT,
	FIRST,
	LAST,
	AFTER,
	PREVIOUS_BOOT,
	RECORDS,
	HOST,
	STEP,
	LEASE_PROTOCOL,
	LEASE_OPCODE,
	CAUSE,
	LIFETIME,
	PEER,
	DESCRIPTION,
	LIMIT,
	REFUSED,
	SUPPRESSED,
	THRESHOLD_NAME,
	MARK,
	VALUE,
	ENTRIES,
	LOST = 32, /* and the kind */
};

static struct cgn_export_ipfix_writer *writer;
static struct cgn_export_ipfix_message message;
static struct ipfixread reader;

/* Create the writer, and read its templates. */
static void
begin(const struct cgn_export_origin *o)
{
	struct cgn_export_ipfix_message *m;
	size_t n;

	CU_ASSERT_EQUAL_FATAL(cgn_export_ipfix_message_create(&writer, o, DOMAIN), 0);
	reader = (struct ipfixread){ 0 };
	m = cgn_export_ipfix_message_templates(writer, &n);
	CU_ASSERT_TRUE(n > 0);
	for (size_t i = 0; i < n; i++) {
		unsigned int before = reader.n_records;

		CU_ASSERT_TRUE(m[i].len <= CGN_EXPORT_IPFIX_MESSAGE_MAX);
		ipfixread_message(&reader, m[i].data, m[i].len);
		CU_ASSERT_EQUAL(m[i].n_records, reader.n_records - before);
		CU_ASSERT_EQUAL(reader.domain, DOMAIN);
	}
}

static void
end(void)
{
	cgn_export_ipfix_message_destroy(writer);
}

/* Write a record alone, and read it. It belongs to the reader. */
static const struct ipfixread_record *
written(const struct cgn_record *r)
{
	unsigned int before = reader.n_records;

	CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_add(writer, r));
	CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_end(writer, &message));
	ipfixread_message(&reader, message.data, message.len);
	CU_ASSERT_EQUAL(message.n_records, reader.n_records - before);
	CU_ASSERT_TRUE_FATAL(reader.n_records > before);
	return &reader.records[before];
}

/* What each record has. @param seq  UINT64_MAX: it has none */
static void
check_head(const struct ipfixread_record *x, uint64_t producer, uint64_t seq)
{
	CU_ASSERT_EQUAL(ipfixread_iana(x, TIME_MS), TIME);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, BOOT), UINT64_C(0x0123456789abcdef));
	CU_ASSERT_EQUAL(ipfixread_cgn(x, PRODUCER), producer);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, SEQ), seq);
}

static const uint8_t home[16] = { 0x20, 0x01, 0x0d, 0xb8, 1, 0, 1 };

static struct cgn_ip
home_address(void)
{
	struct cgn_ip ip = { .is_ip6 = true };

	memcpy(&ip.ip6, home, sizeof(home));
	return ip;
}

static bool
is_home(const struct ipfixread_record *x)
{
	const struct ipfixread_field *f = ipfixread_find(x, 0, IN_ADDR6, 0);

	return f != NULL && f->len == sizeof(home) && memcmp(f->at, home, sizeof(home)) == 0;
}

/* G-LOG-1, G-LOG-4, RFC 8158 section 4.6.12: an allocation has the begin and the end of the range. */
static void
a_block_has_the_elements_of_rfc_8158(void)
{
	struct cgn_record r = exportfix_block(17);
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	x = written(&r);
	check_head(x, 0, 17);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 16);
	CU_ASSERT_EQUAL(ipfixread_iana(x, IN_ADDR), 0x64400009);
	CU_ASSERT_EQUAL(ipfixread_iana(x, IN_LEN), 32);
	CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_ADDR), 0xc6336403);
	CU_ASSERT_EQUAL(ipfixread_iana(x, PORT_FIRST), 1024);
	CU_ASSERT_EQUAL(ipfixread_iana(x, PORT_LAST), 1087);
	CU_ASSERT_EQUAL(ipfixread_iana(x, POOL), 1);
	r.event = CGN_RECORD_BLOCK_RELEASED;
	r.nat.pool = 2;
	r.nat.inside = home_address();
	r.nat.inside_len = 56;
	x = written(&r);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 17);
	CU_ASSERT_TRUE(is_home(x));
	CU_ASSERT_EQUAL(ipfixread_iana(x, IN_LEN6), 56);
	CU_ASSERT_PTR_NULL(ipfixread_find(x, 0, IN_ADDR, 0));
	CU_ASSERT_EQUAL(ipfixread_iana(x, PORT_LAST), 1087);
	CU_ASSERT_EQUAL(ipfixread_iana(x, POOL), 2);
	end();
}

/* RFC 8158 section 4.6.9 */
static void
a_pairing_has_its_subscriber_and_address(void)
{
	struct cgn_record r = exportfix_block(UINT64_MAX - 1);
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	r.event = CGN_RECORD_BINDING_CREATED;
	x = written(&r);
	check_head(x, 0, UINT64_MAX - 1);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 14);
	CU_ASSERT_EQUAL(ipfixread_iana(x, IN_ADDR), 0x64400009);
	CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_ADDR), 0xc6336403);
	CU_ASSERT_PTR_NULL(ipfixread_find(x, 0, PORT_FIRST, 0));
	r.event = CGN_RECORD_BINDING_DELETED;
	r.nat.inside = home_address();
	x = written(&r);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 15);
	CU_ASSERT_TRUE(is_home(x));
	end();
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

/* RFC 8158 section 4.6.3: an entry of the BIB. L-IPS-6: the record names the authenticated peer. */
static void
a_lease_tells_who_has_opened_the_port(void)
{
	struct cgn_record_extra extra = { .peer = "CN=home 7", .description = "my%20server" };
	struct cgn_record r = lease_record(NULL);
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	x = written(&r);
	check_head(x, CGN_EXPORT_IPFIX_CONTROL, 9);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 8);
	CU_ASSERT_EQUAL(ipfixread_iana(x, IN_ADDR), 0xc0a8010a);
	CU_ASSERT_EQUAL(ipfixread_iana(x, IN_PORT), 8080);
	CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_ADDR), 0xc6336403);
	CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_PORT), 40080);
	CU_ASSERT_EQUAL(ipfixread_iana(x, PROTOCOL), 6);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, LIFETIME), 3600);
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, LEASE_PROTOCOL, "natpmp"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, LEASE_OPCODE, "map"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, CAUSE, "request"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, PEER, ""));
	memcpy(&extra.b4, home, sizeof(home));
	r = lease_record(&extra);
	r.event = CGN_RECORD_LEASE_ENDED;
	r.lease.is_pcp = r.lease.is_peer = true;
	r.lease.cause = CGN_RECORD_CAUSE_REVOKED;
	x = written(&r);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 9);
	CU_ASSERT_TRUE(is_home(x));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, LEASE_PROTOCOL, "pcp"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, LEASE_OPCODE, "peer"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, CAUSE, "revoked"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, PEER, "CN=home 7"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, DESCRIPTION, "my%20server"));
	end();
}

/* RFC 8158 has no event for it. */
static void
a_renewal_has_an_event_of_cgnd(void)
{
	struct cgn_record_extra extra = { 0 };
	struct cgn_record r = lease_record(&extra);
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	r.event = CGN_RECORD_LEASE_RENEWED;
	x = written(&r);
	CU_ASSERT_PTR_NULL(ipfixread_find(x, 0, NAT_EVENT, 0));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "lease-renewed"));
	CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_PORT), 40080);
	memcpy(&extra.b4, home, sizeof(home));
	x = written(&r);
	CU_ASSERT_TRUE(is_home(x));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "lease-renewed"));
	end();
}

/* G-LOG-3, RFC 8158 sections 4.6.1 and 4.6.3: the host outside is there only if it was asked for. */
static void
mappings_and_sessions_have_their_endpoints(void)
{
	static const struct {
		enum cgn_record_event event;
		uint8_t nat_event;
	} rows[] = {
		{ CGN_RECORD_MAPPING_CREATED, 8 },
		{ CGN_RECORD_MAPPING_DELETED, 9 },
		{ CGN_RECORD_SESSION_CREATED, 4 },
		{ CGN_RECORD_SESSION_DELETED, 5 },
	};
	struct cgn_record r = exportfix_block(6);
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	for (unsigned int i = 0; i < RTE_DIM(rows) * 4; i++) {
		bool is_of_b4 = i % 4 < 2, has_dest = i % 2 == 1;

		r.event = (uint8_t)rows[i / 4].event;
		r.flow = (struct cgn_record_flow){
			.in_addr = RTE_BE32(0x64400009),
			.ext_addr = RTE_BE32(0xc6336403),
			.in_port = 5000,
			.ext_port = 1025,
			.proto = CGN_PROTO_ICMP,
			.rem_addr = has_dest ? RTE_BE32(0xcb007101) : 0,
			.rem_port = 443,
		};
		memcpy(&r.flow.b4, home, is_of_b4 ? sizeof(home) : 0);
		x = written(&r);
		check_head(x, 0, 6);
		CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), rows[i / 4].nat_event);
		CU_ASSERT_EQUAL(ipfixread_iana(x, IN_ADDR), 0x64400009);
		CU_ASSERT_EQUAL(ipfixread_iana(x, IN_PORT), 5000);
		CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_ADDR), 0xc6336403);
		CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_PORT), 1025);
		CU_ASSERT_EQUAL(ipfixread_iana(x, PROTOCOL), 1);
		CU_ASSERT_EQUAL(is_home(x), is_of_b4);
		CU_ASSERT_EQUAL(ipfixread_iana(x, REM_ADDR), has_dest ? 0xcb007101 : UINT64_MAX);
		CU_ASSERT_EQUAL(ipfixread_iana(x, REM_PORT), has_dest ? 443 : UINT64_MAX);
	}
	end();
}

/* G-LOG-2, RFC 7011 section 4.3: the statistics follow, with the sum of all gaps. */
static void
a_gap_has_numbers_and_kinds_and_changes_the_statistics(void)
{
	struct cgn_record r = { .event = CGN_RECORD_GAP, .seq = 40, .gap.first = 17, .time = TIME };
	const struct ipfixread_record *x;

	r.gap.lost[CGN_RECORD_KIND_BLOCKS] = 20;
	r.gap.lost[CGN_RECORD_KIND_LEASES] = 4;
	begin(exportfix_origin());
	x = written(&r);
	check_head(x, 0, UINT64_MAX);
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "gap"));
	CU_ASSERT_EQUAL(ipfixread_cgn(x, FIRST), 17);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, LAST), 40);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, LOST + CGN_RECORD_KIND_PROCESS), 0);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, LOST + CGN_RECORD_KIND_BLOCKS), 20);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, LOST + CGN_RECORD_KIND_LEASES), 4);
	CU_ASSERT_EQUAL(message.n_records, 2);
	CU_ASSERT_EQUAL(x[1].n_scope, 1);
	CU_ASSERT_EQUAL(ipfixread_iana(&x[1], PROCESS), 4711);
	CU_ASSERT_EQUAL(ipfixread_iana(&x[1], NOT_SENT), 24);
	r.gap.first = r.seq = 50;
	r.time += 500;
	x = written(&r);
	CU_ASSERT_EQUAL(ipfixread_iana(&x[1], NOT_SENT), 25);
	CU_ASSERT_EQUAL(ipfixread_iana(&x[1], TIME_MS), TIME);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ipfixread_find(&x[1], 0, TIME_MS, 1));
	CU_ASSERT_EQUAL(ipfixread_be(ipfixread_find(&x[1], 0, TIME_MS, 1)->at, 8), TIME + 500);
	/* Without another gap, they do not come again. */
	r = exportfix_block(51);
	(void)written(&r);
	CU_ASSERT_EQUAL(message.n_records, 1);
	end();
}

static void
starts_stops_and_steps_of_the_clock_have_events_of_cgnd(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_record r = { .event = CGN_RECORD_START, .seq = 1, .producer = 2, .time = TIME };
	const struct ipfixread_record *x;

	snprintf(o->previous, sizeof(o->previous), "fedcba9876543210");
	o->after = CGN_EXPORT_AFTER_CRASH;
	o->kinds |= UINT32_C(1) << CGN_RECORD_KIND_LEASES;
	begin(o);
	x = written(&r);
	check_head(x, CGN_EXPORT_IPFIX_EXPORTER, 1);
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "start"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, AFTER, "crash"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, RECORDS, "blocks,leases"));
	CU_ASSERT_EQUAL(ipfixread_cgn(x, PREVIOUS_BOOT), UINT64_C(0xfedcba9876543210));
	r.event = CGN_RECORD_CLOCK_STEP;
	r.step_ms = -3600000;
	x = written(&r);
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "clock-step"));
	CU_ASSERT_EQUAL((int64_t)ipfixread_cgn(x, STEP), -3600000);
	r.event = CGN_RECORD_STOP;
	x = written(&r);
	check_head(x, CGN_EXPORT_IPFIX_EXPORTER, 1);
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "stop"));
	end();
}

static struct cgn_record
quota_record(enum cgn_record_event event, enum cgn_record_limit limit)
{
	struct cgn_record r = exportfix_block(5);

	r.event = (uint8_t)event;
	r.quota = (struct cgn_record_quota){
		.addr.ip4 = RTE_BE32(0xc6336403),
		.max = 1000,
		.refused = 17,
		.suppressed = 3,
		.pool = 2,
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
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	x = written(&r);
	check_head(x, 0, 5);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 3);
	CU_ASSERT_EQUAL(ipfixread_iana(x, POOL), 2);
	CU_ASSERT_EQUAL(ipfixread_iana(x, PROTOCOL), CGN_EXPORT_IPFIX_ANY_PROTOCOL);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, REFUSED), 17);
	CU_ASSERT_EQUAL(ipfixread_cgn(x, SUPPRESSED), 3);
	r = quota_record(CGN_RECORD_PORTS_EXHAUSTED, CGN_RECORD_LIMIT_COUNT);
	r.quota.proto = CGN_PROTO_UDP;
	x = written(&r);
	CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 12);
	CU_ASSERT_EQUAL(ipfixread_iana(x, EXT_ADDR), 0xc6336403);
	CU_ASSERT_EQUAL(ipfixread_iana(x, PROTOCOL), 17);
	end();
}

/* RFC 8158 sections 4.6.7.1 to 4.6.7.5: each quota has an element for its maximum. */
static void
quotas_have_their_elements(void)
{
	static const struct {
		enum cgn_record_limit limit;
		uint32_t quota;
		uint16_t element;
		bool has_user;
		const char *name;
	} rows[] = {
		{ CGN_RECORD_LIMIT_SESSIONS, 1, 471, false, "nat.sessions_max" },
		{ CGN_RECORD_LIMIT_MAPPINGS, 2, 472, false, "nat.mappings_max" },
		{ CGN_RECORD_LIMIT_SUB_SESSIONS, 3, 473, true, "groups.sessions_max" },
		{ CGN_RECORD_LIMIT_SUBSCRIBERS, 4, 474, false, "nat.subscribers_max" },
		{ CGN_RECORD_LIMIT_FRAGMENTS, 5, 475, true, "nat.fragments_max" },
	};

	begin(exportfix_origin());
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct cgn_record r = quota_record(CGN_RECORD_QUOTA_EXCEEDED, rows[i].limit);
		const struct ipfixread_record *x = written(&r);

		CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 13);
		CU_ASSERT_EQUAL(ipfixread_iana(x, QUOTA), rows[i].quota);
		for (uint16_t element = 471; element <= 475; element++)
			CU_ASSERT_EQUAL(ipfixread_iana(x, element),
					element == rows[i].element ? 1000 : UINT64_MAX);
		CU_ASSERT_EQUAL(ipfixread_iana(x, IN_ADDR),
				rows[i].has_user ? 0xc6336403 : UINT64_MAX);
		CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, LIMIT, rows[i].name));
		r.quota.addr = home_address();
		CU_ASSERT_EQUAL(is_home(written(&r)), rows[i].has_user);
	}
	end();
}

/* G-NTF-1, RFC 8158 section 4.6.8 */
static void
thresholds_have_their_elements(void)
{
	static const struct {
		enum cgn_record_threshold_id id;
		uint32_t event;
		uint16_t element;
	} rows[] = {
		{ CGN_RECORD_THRESHOLD_POOL_HIGH, 1, 476 },
		{ CGN_RECORD_THRESHOLD_POOL_LOW, 2, 477 },
		{ CGN_RECORD_THRESHOLD_MAPPINGS_HIGH, 3, 478 },
		{ CGN_RECORD_THRESHOLD_SUB_MAPPINGS_HIGH, 4, 480 },
		{ CGN_RECORD_THRESHOLD_SUB_OWN_HIGH, 4, 480 },
		{ CGN_RECORD_THRESHOLD_SUBSCRIBERS_HIGH, 5, 481 },
	};
	struct cgn_record r = exportfix_block(5);
	const struct ipfixread_record *x;

	begin(exportfix_origin());
	r.event = CGN_RECORD_THRESHOLD_REACHED;
	r.threshold = (struct cgn_record_threshold){ .mark = 80,
		.value = 81,
		.entries = 52000,
		.pool = 2,
		.inside.ip4 = RTE_BE32(0x64400009),
		.proto = CGN_PROTO_COUNT };
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		r.threshold.threshold = (uint8_t)rows[i].id;
		x = written(&r);
		check_head(x, 0, 5);
		CU_ASSERT_EQUAL(ipfixread_iana(x, NAT_EVENT), 18);
		CU_ASSERT_EQUAL(ipfixread_iana(x, THRESHOLD), rows[i].event);
		for (uint16_t element = 476; element <= 481; element++)
			CU_ASSERT_EQUAL(ipfixread_iana(x, element),
					element == rows[i].element ? 80 : UINT64_MAX);
		CU_ASSERT_EQUAL(ipfixread_iana(x, POOL), rows[i].event <= 2 ? 2 : UINT64_MAX);
		CU_ASSERT_EQUAL(ipfixread_iana(x, IN_ADDR),
				rows[i].event == 4 ? 0x64400009 : UINT64_MAX);
		CU_ASSERT_EQUAL(ipfixread_cgn(x, VALUE), 81);
		CU_ASSERT_EQUAL(ipfixread_cgn(x, ENTRIES), 52000);
	}
	r.threshold.inside = home_address();
	r.threshold.threshold = CGN_RECORD_THRESHOLD_SUB_OWN_HIGH;
	CU_ASSERT_TRUE(is_home(written(&r)));
	/* RFC 8158 has no threshold for it. */
	r.threshold.threshold = CGN_RECORD_THRESHOLD_SESSIONS_HIGH;
	x = written(&r);
	CU_ASSERT_PTR_NULL(ipfixread_find(x, 0, NAT_EVENT, 0));
	CU_ASSERT_EQUAL(ipfixread_cgn(x, MARK), 80);
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, EVENT, "threshold-reached"));
	CU_ASSERT_TRUE(ipfixread_is_text(x, IPFIXREAD_PEN, THRESHOLD_NAME, "nat.sessions_high"));
	end();
}

/* RFC 5610: a collector learns names and types of what is not of IANA. */
static void
options_describe_each_element_of_cgnd(void)
{
	begin(exportfix_origin());
	for (unsigned int t = 0; t < reader.n_templates; t++) {
		const struct ipfixread_record *template = &reader.templates[t];

		for (unsigned int i = 0; i < template->n; i++) {
			bool is_described = template->fields[i].pen == 0;

			for (unsigned int r = 0; r < reader.n_records; r++)
				/* informationElementId */
				is_described |= ipfixread_iana(&reader.records[r], 303) ==
						template->fields[i].number;
			CU_ASSERT_TRUE(is_described);
			CU_ASSERT_TRUE(template->fields[i].pen == 0 ||
					template->fields[i].pen == CGN_EXPORT_IPFIX_PEN);
		}
	}
	end();
}

static void
options_name_the_domain_and_the_pools(void)
{
	bool has_domain = false;
	unsigned int n_pools = 0;

	begin(exportfix_origin());
	for (unsigned int i = 0; i < reader.n_records; i++) {
		const struct ipfixread_record *x = &reader.records[i];

		if (ipfixread_find(x, 0, POOL_NAME, 0) != NULL) {
			n_pools++;
			CU_ASSERT_EQUAL(x->n_scope, 1);
			CU_ASSERT_EQUAL(ipfixread_iana(x, POOL), n_pools);
			CU_ASSERT_TRUE(ipfixread_is_text(
					x, 0, POOL_NAME, n_pools == 1 ? "homes" : "fast"));
		}
		if (ipfixread_iana(x, DOMAIN_ID) == DOMAIN)
			has_domain = ipfixread_is_text(x, 0, DOMAIN_NAME, "cgnd") &&
					ipfixread_is_text(x, IPFIXREAD_PEN, HOST,
							"cgn1.example.net") &&
					ipfixread_iana(x, PROCESS) == 4711 &&
					ipfixread_cgn(x, BOOT) == UINT64_C(0x0123456789abcdef);
	}
	CU_ASSERT_EQUAL(n_pools, 2);
	CU_ASSERT_TRUE(has_domain);
	end();
}

/* How often the names of pools were told, by number. */
static unsigned int n_told[CGN_EXPORT_POOLS_PIECE];

/* Read a message, and count the names in it. They must be right, and come before the first record. */
static void
read_names(const struct cgn_export_pools *p, const struct cgn_export_ipfix_message *m)
{
	unsigned int i = reader.n_records;

	ipfixread_message(&reader, m->data, m->len);
	for (; i < reader.n_records; i++) {
		const struct ipfixread_record *x = &reader.records[i];
		uint64_t pool = ipfixread_iana(x, POOL);

		if (pool >= CGN_EXPORT_POOLS_PIECE)
			continue;
		if (ipfixread_find(x, 0, POOL_NAME, 0) == NULL) {
			CU_ASSERT_TRUE(n_told[pool] > 0);
			continue;
		}
		n_told[pool]++;
		CU_ASSERT_TRUE(ipfixread_is_text(
				x, 0, POOL_NAME, cgn_export_pools_name(p, (uint32_t)pool)));
	}
}

/* What a collector gets that connects now. */
static void
read_templates(const struct cgn_export_pools *p)
{
	const struct cgn_export_ipfix_message *m;
	size_t n;

	memset(n_told, 0, sizeof(n_told));
	reader.n_records = 0;
	m = cgn_export_ipfix_message_templates(writer, &n);
	for (size_t i = 0; i < n; i++)
		read_names(p, &m[i]);
}

static void
write_of_pool(const struct cgn_export_pools *p, uint32_t pool)
{
	struct cgn_record r = exportfix_block(1);

	r.nat.pool = pool;
	CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_add(writer, &r));
	CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_end(writer, &message));
	read_names(p, &message);
}

/* A pool of a reload is told of before its first record, once, and then with the templates. REQ: N-LIVE-30 */
static void
a_new_pool_is_told_of_before_its_first_record(void)
{
	struct cgn_export_origin *o = exportfix_origin();

	begin(o);
	read_templates(&o->pools);
	CU_ASSERT_EQUAL(n_told[2], 1);
	CU_ASSERT_EQUAL(n_told[3], 0);
	CU_ASSERT_FALSE(cgn_export_ipfix_message_take_news(writer));
	snprintf(o->pools.pieces[0][3], CGN_NAME_MAX, "guests");
	write_of_pool(&o->pools, 3);
	CU_ASSERT_EQUAL(n_told[3], 1);
	CU_ASSERT_TRUE(cgn_export_ipfix_message_take_news(writer));
	CU_ASSERT_FALSE(cgn_export_ipfix_message_take_news(writer));
	write_of_pool(&o->pools, 3);
	write_of_pool(&o->pools, 1);
	CU_ASSERT_EQUAL(n_told[3], 1);
	CU_ASSERT_EQUAL(n_told[1], 1);
	CU_ASSERT_FALSE(cgn_export_ipfix_message_take_news(writer));
	read_templates(&o->pools);
	for (uint32_t p = 1; p <= 3; p++)
		CU_ASSERT_EQUAL(n_told[p], 1);
	end();
}

/* However many names there were: a collector that connects at any time has the name of each record. REQ: N-LIVE-33 */
static void
a_record_has_a_name_after_any_number_of_names(void)
{
	struct cgn_export_origin *o = exportfix_origin();

	for (uint32_t p = 1; p < CGN_EXPORT_POOLS_PIECE; p++)
		snprintf(o->pools.pieces[0][p], CGN_NAME_MAX, "a-pool-with-a-long-name-%04u", p);
	begin(o);
	for (uint32_t p = 3; p < CGN_EXPORT_POOLS_PIECE; p++) {
		read_templates(&o->pools);
		write_of_pool(&o->pools, p);
		write_of_pool(&o->pools, 1);
	}
	/* Those that are gone for long are not told of for ever. */
	read_templates(&o->pools);
	CU_ASSERT_EQUAL(n_told[2], 0);
	CU_ASSERT_EQUAL(n_told[CGN_EXPORT_POOLS_PIECE - CGN_POOLS_MAX], 1);
	end();
}

/* G-LOG-4: a message fits into a packet, and has no empty sets. */
static void
messages_are_full_and_not_larger_than_a_packet(void)
{
	struct cgn_record_extra extra = { .peer = "somebody" };
	struct cgn_record leases[2], block = exportfix_block(1);
	unsigned int n = 0, n_messages = 0;

	memset(extra.description, 'd', sizeof(extra.description) - 1);
	leases[0] = lease_record(NULL);
	leases[1] = lease_record(&extra);
	begin(exportfix_origin());
	n = reader.n_records;
	for (unsigned int i = 0; i < 600; i++) {
		const struct cgn_record *r = i % 3 == 2 ? &block : &leases[i % 3];

		if (!cgn_export_ipfix_message_add(writer, r)) {
			CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_end(writer, &message));
			CU_ASSERT_TRUE(message.len > CGN_EXPORT_IPFIX_MESSAGE_MAX - 700);
			CU_ASSERT_TRUE(message.len <= CGN_EXPORT_IPFIX_MESSAGE_MAX);
			ipfixread_message(&reader, message.data, message.len);
			n += message.n_records;
			CU_ASSERT_EQUAL(n, reader.n_records);
			n_messages++;
			CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_add(writer, r));
		}
	}
	CU_ASSERT_TRUE(n_messages > 50);
	end();
}

/* All gaps are followed by the statistics, also where a message is full. */
static void
statistics_wait_for_the_next_message(void)
{
	struct cgn_record gap = { .event = CGN_RECORD_GAP, .seq = 2, .gap.first = 1, .time = TIME };
	unsigned int n_gaps = 0, n_stats = 0;

	begin(exportfix_origin());
	reader.n_records = 0;
	for (unsigned int i = 0; i < 100; i++) {
		if (cgn_export_ipfix_message_add(writer, &gap))
			continue;
		CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_end(writer, &message));
		ipfixread_message(&reader, message.data, message.len);
		CU_ASSERT_TRUE_FATAL(cgn_export_ipfix_message_add(writer, &gap));
	}
	while (cgn_export_ipfix_message_end(writer, &message))
		ipfixread_message(&reader, message.data, message.len);
	for (unsigned int i = 0; i < reader.n_records; i++) {
		n_gaps += ipfixread_cgn(&reader.records[i], FIRST) == 1 ? 1 : 0;
		n_stats += ipfixread_iana(&reader.records[i], NOT_SENT) != UINT64_MAX ? 1 : 0;
	}
	CU_ASSERT_EQUAL(n_gaps, 100);
	CU_ASSERT_EQUAL(n_stats, 100);
	CU_ASSERT_EQUAL(ipfixread_iana(&reader.records[reader.n_records - 1], NOT_SENT), 200);
	end();
}

static void
a_stamp_sets_time_and_sequence_only(void)
{
	struct cgn_record r = exportfix_block(1);
	uint8_t before[CGN_EXPORT_IPFIX_MESSAGE_MAX];

	begin(exportfix_origin());
	(void)written(&r);
	memcpy(before, message.data, message.len);
	cgn_export_ipfix_message_stamp(&message, 0x01020304, 0xfffefdfc);
	ipfixread_message(&reader, message.data, message.len);
	CU_ASSERT_EQUAL(reader.time_s, 0x01020304);
	CU_ASSERT_EQUAL(reader.sequence, 0xfffefdfc);
	CU_ASSERT_EQUAL(memcmp(before, message.data, 4), 0);
	CU_ASSERT_EQUAL(memcmp(before + 12, message.data + 12, message.len - 12u), 0);
	/* An empty message does not leave. */
	CU_ASSERT_FALSE(cgn_export_ipfix_message_end(writer, &message));
	end();
}

/* The longest of all values, and as many pools as there may be. */
static void
the_longest_values_fit(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_record_extra extra = { .n_users = 1 };
	struct cgn_record r = { .event = CGN_RECORD_START, .seq = 1, .time = TIME };

	memset(o->host, 'h', sizeof(o->host) - 1);
	memset(o->instance, 'i', sizeof(o->instance) - 1);
	for (unsigned int p = 0; p < CGN_POOLS_MAX; p++) {
		o->pools.now[p] = p + 1;
		memset(o->pools.pieces[0][p + 1], 'p', CGN_NAME_MAX - 1);
	}
	o->kinds = UINT32_MAX;
	begin(o);
	(void)written(&r);
	memset(extra.peer, 'x', sizeof(extra.peer) - 1);
	memset(extra.description, '%', sizeof(extra.description) - 1);
	memset(&extra.b4, 0xff, sizeof(extra.b4));
	r = lease_record(&extra);
	CU_ASSERT_TRUE(ipfixread_is_text(
			written(&r), IPFIXREAD_PEN, DESCRIPTION, extra.description));
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_block_has_the_elements_of_rfc_8158),
	CU_TEST_ROW(a_pairing_has_its_subscriber_and_address),
	CU_TEST_ROW(a_lease_tells_who_has_opened_the_port),
	CU_TEST_ROW(a_renewal_has_an_event_of_cgnd),
	CU_TEST_ROW(mappings_and_sessions_have_their_endpoints),
	CU_TEST_ROW(a_gap_has_numbers_and_kinds_and_changes_the_statistics),
	CU_TEST_ROW(starts_stops_and_steps_of_the_clock_have_events_of_cgnd),
	CU_TEST_ROW(exhaustion_names_the_pool_or_the_address),
	CU_TEST_ROW(quotas_have_their_elements),
	CU_TEST_ROW(thresholds_have_their_elements),
	CU_TEST_ROW(options_describe_each_element_of_cgnd),
	CU_TEST_ROW(options_name_the_domain_and_the_pools),
	CU_TEST_ROW(a_new_pool_is_told_of_before_its_first_record),
	CU_TEST_ROW(a_record_has_a_name_after_any_number_of_names),
	CU_TEST_ROW(messages_are_full_and_not_larger_than_a_packet),
	CU_TEST_ROW(statistics_wait_for_the_next_message),
	CU_TEST_ROW(a_stamp_sets_time_and_sequence_only),
	CU_TEST_ROW(the_longest_values_fit),
};

CU_MAIN("export_ipfix_message", tests)

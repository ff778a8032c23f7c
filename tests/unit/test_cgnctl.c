/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands of cgnctl ask, and what they print.
 */
#include "shared/counter_help.h"
#include "tests/support/ctlasked.h"

/* --- questions ----------------------------------------------------------------------------- */

#define NO_ROWS "{\"rows\":{}}"
#define ONE_ROW "{\"rows\":{\"0\":{}}}"

/* Which paths a command asks, with what. */
static void
each_command_asks_its_own_questions(void)
{
	static const struct {
		const char *line;
		const char *answers[3];
		const char *questions[3];
	} cases[] = {
		{ "mappings show", { NO_ROWS }, { "/cgn/mappings" } },
		{ "mappings show --subscriber 100.64.0.9", { ONE_ROW },
				{ "/cgn/mappings,subscriber=100.64.0.9" } },
		{ "leases show", { NO_ROWS }, { "/cgn/leases" } },
		{ "leases show -s 100.64.0.9", { ONE_ROW },
				{ "/cgn/leases,subscriber=100.64.0.9" } },
		{ "leases delete 100.64.0.9:80/tcp", { "{\"deleted\":1}" },
				{ "/cgn/leases/delete,100.64.0.9:80/tcp" } },
		{ "leases delete 192.168.1.2 --subscriber 2001:db8::1", { "{\"deleted\":1}" },
				{ "/cgn/leases/delete,192.168.1.2,home=2001:db8::1" } },
		{ "mappings clear --group g --proto tcp", { "{\"rows\":{\"0\":{\"ended\":1}}}" },
				{ "/cgn/mappings/clear,group=g,proto=tcp" } },
		{ "subscribers show", { NO_ROWS }, { "/cgn/subscribers" } },
		{ "subscribers show 100.64.0.9", { "{\"state\":\"none\"}" },
				{ "/cgn/subscriber,100.64.0.9" } },
		{ "--json subscribers show 100.64.0.9",
				{ "{\"subscriber\":\"100.64.0.8/29\",\"leases\":{\"now\":0}}",
						NO_ROWS },
				{ "/cgn/subscriber,100.64.0.9",
						"/cgn/leases,subscriber=100.64.0.8/29" } },
		{ "mappings show --group g --external 192.0.2.1:80 --proto tcp --state established",
				{ ONE_ROW },
				{ "/cgn/mappings,external=192.0.2.1:80,group=g,proto=tcp,"
				  "state=established" } },
		{ "subscribers show --state refused -s 100.64.0.0/16", { ONE_ROW },
				{ "/cgn/subscribers,state=refused,subscriber=100.64.0.0/16" } },
		{ "leases show --external 192.0.2.1", { ONE_ROW },
				{ "/cgn/leases,external=192.0.2.1" } },
		{ "who 192.0.2.1", { ONE_ROW }, { "/cgn/subscribers,external=192.0.2.1" } },
		{ "groups show", { NO_ROWS }, { "/cgn/groups" } },
		{ "sinks show", { NO_ROWS }, { "/cgn/sinks" } },
		{ "neighbours show", { NO_ROWS }, { "/cgn/neighbours" } },
		{ "routes show", { NO_ROWS }, { "/cgn/routes" } },
		{ "warnings show", { NO_ROWS }, { "/cgn/warnings" } },
		{ "peers show", { NO_ROWS }, { "/cgn/peers" } },
		{ "peers set 100.64.0.9 home", { "{\"set\":1}" },
				{ "/cgn/peers/set,100.64.0.9,id=home" } },
		{ "peers set 100.64.0.9 C=CH,CN=\"a\" 5", { "{\"set\":1}" },
				{ "/cgn/peers/set,100.64.0.9,id=C%3DCH%2CCN%3D%22a%22,sa=5" } },
		{ "-- peers set 100.64.0.9 --json", { "{\"set\":1}" },
				{ "/cgn/peers/set,100.64.0.9,id=--json" } },
		{ "peers unset 100.64.0.9", { "{\"removed\":1}" },
				{ "/cgn/peers/unset,100.64.0.9" } },
		{ "peers unset 100.64.0.9 a,sa=1 5", { "{\"removed\":0}" },
				{ "/cgn/peers/unset,100.64.0.9,id=a%2Csa%3D1,sa=5" } },
		{ "pools show", { NO_ROWS }, { "/cgn/pools" } },
		{ "ports show", { NO_ROWS }, { "/cgn/ports" } },
		{ "workers show", { NO_ROWS }, { "/cgn/workers" } },
		{ "latency show", { NO_ROWS }, { "/cgn/latency" } },
		{ "who 192.0.2.1:80/tcp", { "{\"state\":\"free\"}" },
				{ "/cgn/who,192.0.2.1:80/tcp" } },
		{ "who 192.0.2.1:80", { "{\"state\":\"free\"}", "{\"state\":\"free\"}" },
				{ "/cgn/who,192.0.2.1:80/udp", "/cgn/who,192.0.2.1:80/tcp" } },
		{ "counters show", { "{}", "{}" }, { "/cgn/verdicts", "/cgn/counters" } },
		{ "counters show --worker 1", { "{}", "{}" },
				{ "/cgn/verdicts,worker=1", "/cgn/counters,worker=1" } },
		{ "config show", { "\"{}\"", "\"\"", "{\"file_state\":\"in_use\"}" },
				{ "/cgn/config,0", "/cgn/config,2", "/cgn/config/status" } },
		{ "config status", { "{}" }, { "/cgn/config/status" } },
		{ "config confirm", { "{\"confirmed\":1}" }, { "/cgn/config/confirm" } },
		{ "config reload", { "\"{}\"" }, { "/cgn/config/reload" } },
		{ "config reload --confirm-s 60", { "\"{}\"" },
				{ "/cgn/config/reload,confirm_s=60" } },
		{ "mappings show", { "{\"rows\":{},\"next\":\"1:5\"}", NO_ROWS },
				{ "/cgn/mappings", "/cgn/mappings,cursor=1:5" } },
		{ "leases show -s 100.64.0.9",
				{ "{\"rows\":{},\"next\":\"64\"}", "{\"rows\":{},\"next\":\"9\"}",
						ONE_ROW },
				{ "/cgn/leases,subscriber=100.64.0.9",
						"/cgn/leases,subscriber=100.64.0.9,cursor=64",
						"/cgn/leases,subscriber=100.64.0.9,cursor=9" } },
		{ "subscribers show 2001:db8::1",
				{ "{\"subscriber\":\"2001:db8::/56\",\"leases\":{\"now\":9}}",
						"{\"rows\":{},\"next\":\"7\"}", NO_ROWS },
				{ "/cgn/subscriber,2001:db8::1",
						"/cgn/leases,subscriber=2001:db8::/56",
						"/cgn/leases,subscriber=2001:db8::/56,cursor=7" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int n = 0;

		CU_ASSERT_EQUAL(ask(cases[i].line, cases[i].answers), 0);
		CU_ASSERT_STRING_EQUAL(err, "");
		CU_ASSERT_STRING_EQUAL(asked->prefix, "cgnd");
		while (n < 3 && cases[i].questions[n] != NULL) {
			CU_ASSERT_STRING_EQUAL(asked->questions[n], cases[i].questions[n]);
			n++;
		}
		CU_ASSERT_EQUAL(asked->n, n);
		if (asked->n != n)
			printf("\n%s: %s", cases[i].line, asked->questions[0]);
	}
}

/* --- answers ------------------------------------------------------------------------------- */

static void
pages_become_one_table_and_one_list(void)
{
	static const char *const pages[] = {
		"{\"rows\":{\"0\":{\"worker\":0,\"lcore\":2,\"received\":10,\"subscribers\":3,"
		"\"mappings\":4,\"handover_in\":5,\"handover_out\":6}},\"next\":\"1\"}",
		"{\"rows\":{},\"next\":\"2\"}",
		"{\"rows\":{\"0\":{\"worker\":1,\"lcore\":3,\"received\":20,\"subscribers\":7,"
		"\"mappings\":8,\"handover_in\":9,\"handover_out\":12345678901}}}",
	};

	CU_ASSERT_EQUAL(ask("workers show", pages), 0);
	expect(out,
			"WORKER  LCORE  RECEIVED  SUBSCRIBERS  MAPPINGS  HANDOVER IN  HANDOVER OUT\n"
			"     0      2        10            3         4            5             6\n"
			"     1      3        20            7         8            9   12345678901\n");
	CU_ASSERT_EQUAL(asked->n, 3);
	CU_ASSERT_EQUAL(ask("--json workers show", pages), 0);
	expect(out,
			"[\n  {\"worker\":0,\"lcore\":2,\"received\":10,\"subscribers\":3,"
			"\"mappings\":4,\"handover_in\":5,\"handover_out\":6},\n"
			"  {\"worker\":1,\"lcore\":3,\"received\":20,\"subscribers\":7,"
			"\"mappings\":8,\"handover_in\":9,\"handover_out\":12345678901}\n]\n");
	{
		static const char *const none[] = { NO_ROWS };

		CU_ASSERT_EQUAL(ask("-j workers show", none), 0);
		expect(out, "[]\n");
	}
}

static void
counters_are_shown_by_group_without_zeros(void)
{
	static const char *const replies[] = {
		"{\"received\":15,\"held\":1,\"forwarded\":{\"out\":8,\"in\":0},\"local\":{},"
		"\"absorbed\":{},\"dropped\":{\"ttl\":6}}",
		"{\"counters\":{\"injected\":3},\"gauges\":{\"sessions\":0,\"neighbours\":2},"
		"\"control\":{\"punted\":4,\"injected\":7},\"portmap\":{\"leases\":5,\"natpmp_late\":6}}",
	};

	CU_ASSERT_EQUAL(ask("counters show", replies), 0);
	expect(out,
			"GROUP       COUNTER                        VALUE\n"
			"packets     received                          15\n"
			"forwarded   out                                8  inside to outside, translated and forwarded\n"
			"dropped     ttl                                6  time to live exceeded\n"
			"counters    injected                           3  packets sent for the control thread\n"
			"gauges      neighbours                         2  next hops known now\n"
			"control     punted                             4  packets that the workers have handed to the control thread\n"
			"control     injected                           7  frames that the control thread has given to worker 0\n"
			"portmap     leases                             5  leases now\n"
			"portmap     natpmp_late                        6  answers dropped: too late\n"
			"counters that are 0, which --zero shows: 2\n");
	CU_ASSERT_EQUAL(ask("counters show --zero", replies), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out,
			"\ngauges      sessions                           0  further remotes kept now\n"));
	CU_ASSERT_PTR_NULL(strstr(out, "--zero"));
}

/* Each row of the lists of counters is shown in a line with its group, its name and its help text. */
static void
every_counter_is_shown_with_its_help(void)
{
	static const char *const classes[] = { "forwarded", "local", "absorbed", "dropped" };
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);

	for (size_t i = 0; i < n; i++) {
		char answer[200], line[300];
		const char *replies[] = { "{}", answer };

		for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
			if (strcmp(classes[c], rows[i].group) == 0) {
				replies[0] = answer;
				replies[1] = "{}";
			}
		}
		snprintf(answer, sizeof(answer), "{\"%s\":{\"%s\":7}}", rows[i].group,
				rows[i].name);
		snprintf(line, sizeof(line), "\n%-10s  %-20s  %14d  %s\n", rows[i].group,
				rows[i].name, 7, rows[i].help);
		CU_ASSERT_EQUAL(ask("counters show", replies), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, line));
		if (strstr(out, line) == NULL)
			printf("\n%s", line);
	}
}

/* REQ: G-DAY-4 */
static void
rows_are_sorted_and_cut(void)
{
	static const char *const replies[] = {
		"{\"rows\":{\"0\":{\"address\":\"192.0.2.10\",\"sa\":5,\"identity\":\"b\"},"
		"\"1\":{\"address\":\"192.0.2.9\",\"identity\":\"a\"}},\"next\":\"5\"}",
		"{\"rows\":{\"0\":{\"address\":\"192.0.2.100\",\"sa\":70,\"identity\":\"b\"}}}",
	};
	static const struct {
		const char *line;
		unsigned int n; /* questions */
		const char *out;
	} cases[] = {
		/* A number counts as one, wherever it stands. */
		{ "peers --sort address", 2,
				"ADDRESS          SA  IDENTITY\n"
				"192.0.2.9         -  a\n"
				"192.0.2.10        5  b\n"
				"192.0.2.100      70  b\n" },
		/* The largest first; nothing is behind everything. Headings in small letters, cut. */
		{ "peers --sort -sa", 2,
				"ADDRESS          SA  IDENTITY\n"
				"192.0.2.100      70  b\n"
				"192.0.2.10        5  b\n"
				"192.0.2.9         -  a\n" },
		{ "peers --sort ident --limit 2", 2,
				"ADDRESS          SA  IDENTITY\n"
				"192.0.2.9         -  a\n"
				"192.0.2.10        5  b\n" },
		/* What is behind the limit is not asked for. */
		{ "peers --limit 2", 1,
				"ADDRESS          SA  IDENTITY\n"
				"192.0.2.10        5  b\n"
				"192.0.2.9         -  a\n" },
		{ "peers --limit 1 --json", 1,
				"[\n  {\"address\":\"192.0.2.10\",\"sa\":5,\"identity\":\"b\"}\n]\n" },
		{ "peers --sort -address --limit 1 -j", 2,
				"[\n  {\"address\":\"192.0.2.100\",\"sa\":70,\"identity\":\"b\"}\n]\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(ask(cases[i].line, replies), 0);
		CU_ASSERT_EQUAL(asked->n, cases[i].n);
		expect(out, cases[i].out);
	}
	CU_ASSERT_EQUAL(ask("peers --sort s", replies), 2);
	expect(err, "cgnctl: s: --sort takes one of address, sa, since_s, identity\n");
	CU_ASSERT_EQUAL(ask("peers --sort colour", replies), 2);
	CU_ASSERT_EQUAL(asked->n, 0);
}

/* The times are not known here, so the rates are not. REQ: G-DAY-4 */
static void
watching_shows_rates(void)
{
	static const char *const replies[] = {
		"{\"rows\":{\"0\":{\"port\":\"in0\",\"rx_pkts\":5,\"rx_bytes\":0}}}",
		"{\"rows\":{\"0\":{\"port\":\"in0\",\"rx_pkts\":1000000005,\"rx_bytes\":1},"
		"\"1\":{\"port\":\"new\",\"rx_pkts\":7,\"rx_bytes\":7}}}",
		NULL,
	};
	static const char *const counters[] = { "{\"received\":5}",
		"{\"gauges\":{\"neighbours\":1}}", "{\"received\":6}",
		"{\"gauges\":{\"neighbours\":2}}", NULL };

	why = "cgnd is stopping";
	CU_ASSERT_EQUAL(ask("ports show --watch 0.1", replies), 1);
	CU_ASSERT_EQUAL(asked->n, 3);
	CU_ASSERT_EQUAL(strncmp(out, "cgnctl ports show, every 0.1 s, ", 32), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\nPORT "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "pps "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "bit/s\n"));
	CU_ASSERT_PTR_NULL(strstr(out, "1000000005"));
	/* What is new has no rate yet. */
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\nnew "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, " -\n"));
	CU_ASSERT_EQUAL(ask("counters show --watch 0.1", counters), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "  PER SECOND\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, " pps\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, " 2           -  next hops known now\n"));
}

/* cgnd tells of a worker that is not there. Counters of no worker are not shown with a worker. REQ: G-DAY-3 */
static void
counters_of_one_worker_are_its_own(void)
{
	static const char *const replies[] = {
		"{\"received\":3}",
		"{\"counters\":{\"injected\":3},\"control\":{\"punted\":4},\"portmap\":{\"leases\":5}}"
	};
	static const char *const refused[] = { NULL };

	CU_ASSERT_EQUAL(ask("counters show --worker 0", replies), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\ncounters    injected "));
	CU_ASSERT_PTR_NULL(strstr(out, "\ncontrol "));
	CU_ASSERT_PTR_NULL(strstr(out, "\nportmap "));
	CU_ASSERT_EQUAL(ask("-j counters show --worker 0", replies), 0);
	CU_ASSERT_PTR_NULL(strstr(out, "punted"));
	why = "there is no worker \"2\": they are 0 to 1";
	CU_ASSERT_EQUAL(ask("counters show --worker 2", refused), 1);
	expect(err, "cgnctl: there is no worker \"2\": they are 0 to 1 (counters show)\n");
	expect(out, "");
}

/* REQ: G-DAY-3 */
static void
nothing_left_by_a_filter_is_told(void)
{
	static const char *const none[] = { "{\"rows\":{}}" };

	CU_ASSERT_EQUAL(ask("mappings show -s 100.64.0.9", none), 1);
	expect(err, "cgnctl: no such mapping\n");
	expect(out, "");
	CU_ASSERT_EQUAL(ask("-j leases show -s 100.64.0.9", none), 1);
	expect(err, "cgnctl: no such lease\n");
	expect(out, "[]\n");
	CU_ASSERT_EQUAL(ask("who 192.0.2.1", none), 1);
	expect(err,
			"cgnctl: no such subscriber\n"
			"cgnctl: who had it before: cgnctl trace 192.0.2.1 FILE...\n");
	CU_ASSERT_EQUAL(ask("mappings show", none), 0);
	CU_ASSERT_EQUAL(strncmp(out, "PROTOCOL  IN ", 13), 0);
	CU_ASSERT_EQUAL(ask("pools drains", none), 0);
	expect(out, "all addresses are in use\n");
}

static void
owner_of_a_port_is_shown(void)
{
	static const char *const mapped[] = {
		"{\"state\":\"mapped\",\"mapping\":{\"protocol\":\"udp\",\"in\":\"100.64.0.9:5000\","
		"\"ext\":\"192.0.2.100:1030\",\"rem\":\"203.0.113.1:53\",\"kind\":\"implicit\","
		"\"sessions\":3,\"expires_s\":300},\"subscriber\":{\"subscriber\":\"100.64.0.9\","
		"\"group\":\"homes\",\"worker\":1}}",
	};
	static const char *const held[] = { "{\"state\":\"hold_down\"}" };
	static const char *const other[] = { "{\"state\":\"not_pool\"}" };
	static const char *const deleted[] = { "{\"deleted\":17}" };

	CU_ASSERT_EQUAL(ask("who 192.0.2.100:1030/udp", mapped), 0);
	expect(out,
			"external    192.0.2.100:1030/udp\n"
			"state       mapped\n"
			"subscriber  100.64.0.9\n"
			"group       homes\n"
			"worker      1\n"
			"inside      100.64.0.9:5000\n"
			"kind        implicit\n"
			"remote      203.0.113.1:53\n"
			"sessions    3\n"
			"expires     5m00s\n");
	CU_ASSERT_EQUAL(ask("who 192.0.2.100:1030/udp", held), 0);
	expect(out,
			"external    192.0.2.100:1030/udp\n"
			"state       in hold-down: was mapped shortly ago\n");
	CU_ASSERT_EQUAL(ask("who 192.0.2.100:1030/udp", other), 1);
	expect(out,
			"external    192.0.2.100:1030/udp\n"
			"state       not an address of a pool\n");
	CU_ASSERT_EQUAL(ask("leases delete 100.64.0.9", deleted), 0);
	expect(out, "leases deleted: 17\n");
}

/* The pages are added up. What stays is told if there is some. REQ: G-DAY-15 */
static void
clearing_tells_what_ended_and_what_stays(void)
{
	static const char *const two[] = {
		"{\"rows\":{\"0\":{\"ended\":40,\"leases\":1,\"static\":0}},\"next\":\"0:512\"}",
		"{\"rows\":{\"0\":{\"ended\":2,\"leases\":2,\"static\":0}}}",
	};
	static const char *const none[] = {
		"{\"rows\":{\"0\":{\"ended\":0,\"leases\":0,\"static\":3}}}"
	};
	static const char *const late[] = {
		"{\"rows\":{\"0\":{\"ended\":1,\"leases\":0,\"static\":0}},\"next\":\"0:512\"}",
		NULL
	};

	CU_ASSERT_EQUAL(ask("mappings clear --all", two), 0);
	expect(out, "mappings ended: 42\nleases left: 3\n");
	CU_ASSERT_STRING_EQUAL(asked->questions[1], "/cgn/mappings/clear,all=1,cursor=0:512");
	CU_ASSERT_EQUAL(ask("--json mappings clear --group g", two), 0);
	expect(out, "{\n  \"ended\": 42,\n  \"leases\": 3,\n  \"static\": 0\n}\n");
	CU_ASSERT_EQUAL(ask("mappings clear --state static", none), 1);
	expect(out, "mappings ended: 0\nstatic mappings left: 3\n");
	why = "a worker does not answer";
	CU_ASSERT_EQUAL(ask("mappings clear --all", late), 1);
	expect(err, "cgnctl: a worker does not answer (mappings clear)\n");
}

/* L-IPS-6 */
/* Only blocks have ports, and only their list may be cut. */
static void
one_subscriber_is_a_screen(void)
{
	static const char *const replies[] = {
		"{\"subscriber\":\"100.64.0.9\",\"group\":\"homes\",\"worker\":0,"
		"\"state\":\"active\",\"ext\":\"192.0.2.1\","
		"\"blocks\":{\"now\":5,\"peak\":6,\"max\":8,\"ports\":[\"0-1\",\"2-3\",\"4-5\","
		"\"6-7\",\"8-9\"]},\"mappings\":{\"now\":41,\"peak\":702,\"max\":2048,"
		"\"total\":18112},\"sessions\":{\"now\":12,\"peak\":95},"
		"\"ports\":{\"udp\":9,\"tcp\":8,\"icmp\":7,\"of\":10},"
		"\"refused_total\":0,\"refusals\":{}}",
	};

	CU_ASSERT_EQUAL(ask("subscribers show 100.64.0.9", replies), 0);
	expect(out,
			"subscriber  100.64.0.9, group homes, worker 0\n"
			"state       active\n"
			"external    192.0.2.1\n"
			"                  NOW       PEAK        MAX\n"
			"blocks              5          6          8  0-1  2-3  4-5  6-7  ...\n"
			"mappings           41        702       2048  18112 made\n"
			"sessions           12         95          -\n"
			"leases              -          -          -\n"
			"ports       in use or in hold-down: udp 9, tcp 8, icmp 7, each of 10\n"
			"refusals    0 since it got its external address\n");
}

/* The reasons are older than the external address, so they may be more. A lease outside of the blocks is explained.
 * G-DAY-82 */
static void
numbers_of_a_subscriber_are_explained(void)
{
	static const char *const replies[] = {
		"{\"subscriber\":\"100.64.0.9\",\"group\":\"homes\",\"state\":\"active\",\"ext\":\"192.0.2.1\","
		"\"blocks\":{\"now\":2,\"ports\":[\"1024-1535\",\"4096-4607\"]},\"leases\":{\"now\":1},"
		"\"refused_total\":2,\"refusals\":{\"sub_ports\":{\"count\":30,\"ago_s\":5},"
		"\"other\":{\"count\":9,\"ago_s\":6}}}",
		"{\"rows\":{\"0\":{\"protocol\":\"tcp\",\"in\":\"100.64.0.9:80\",\"ext\":\"192.0.2.1:4607\",\"by\":\"pcp\"}}}",
	};
	const char *const outside[] = {
		replies[0],
		"{\"rows\":{\"0\":{\"protocol\":\"tcp\",\"in\":\"100.64.0.9:80\",\"ext\":\"192.0.2.1:4608\",\"by\":\"pcp\"}}}"
	};
	static const char *const stranger[] = {
		"{\"state\":\"refused\",\"refused_total\":3,"
		"\"refusals\":{\"other\":{\"count\":3,\"ago_s\":6}}}"
	};

	CU_ASSERT_EQUAL(ask("subscribers show 100.64.0.9", replies), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out,
			"refusals    2 since it got its external address\n"
			"by reason   39, kept until a day has passed without a refusal\n"
			"        30  last 5s ago  sub_ports: "));
	CU_ASSERT_PTR_NULL(strstr(out, "outside of the blocks"));
	CU_ASSERT_EQUAL(ask("subscribers show 100.64.0.9", outside), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "A lease may have a port outside of the blocks"));
	CU_ASSERT_EQUAL(ask("subscribers show 100.64.0.8", stranger), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "refusals    3 without an external address\n"));
}

/* G-DAY-82 */
static void
port_outside_of_the_range_is_told(void)
{
	static const char *const replies[] = {
		"{\"state\":\"outside_range\",\"pool\":\"p\",\"port_min\":1024,"
		"\"port_max\":65535}"
	};

	CU_ASSERT_EQUAL(ask("who 192.0.2.1:80/tcp", replies), 0);
	expect(out,
			"external    192.0.2.1:80/tcp\n"
			"state       free, outside of port_range 1024-65535 of pool p: traffic never gets it\n");
}

static void
peers_are_shown_and_changed(void)
{
	static const char *const leases[] = {
		"{\"rows\":{\"0\":{\"protocol\":\"tcp\",\"in\":\"100.64.0.9:80\","
		"\"ext\":\"192.0.2.100:8080\",\"lifetime_s\":3600,\"left_s\":59,"
		"\"by\":\"pcp\",\"opcode\":\"map+peer\",\"peer\":\"C=CH, CN=home\",\"filters\":[\"203.0.113.0/24:443\",\"203.0.113.5/32\"],\"description_0\":\"a%20long%20\",\"description_1\":\"g%C3%A4me\"},"
		"\"1\":{\"protocol\":\"udp\",\"in\":\"100.64.0.10:80\","
		"\"ext\":\"192.0.2.100:8081\",\"lifetime_s\":3600,\"left_s\":59,\"by\":\"natpmp\",\"opcode\":\"map\"}}}",
	};
	static const char *const peers[] = {
		"{\"rows\":{\"0\":{\"address\":\"100.64.0.9\",\"sa\":5,\"since_s\":61,"
		"\"identity\":\"C=CH, CN=home\"},\"1\":{\"address\":\"2001:db8::1\","
		"\"since_s\":7,\"identity\":\"home2\"}}}",
	};
	static const char *const set[] = { "{\"set\":1}" };
	static const char *const unset[] = { "{\"removed\":0}" };

	CU_ASSERT_EQUAL(ask("leases show", leases), 0);
	expect(out,
			"PROTOCOL  IN                     EXT                    LIFETIME     LEFT  BY      OPCODE    PEER           FILTERS                            DESCRIPTION\n"
			"tcp       100.64.0.9:80          192.0.2.100:8080          1h00m      59s  pcp     map+peer  C=CH, CN=home  203.0.113.0/24:443 203.0.113.5/32  a long gäme\n"
			"udp       100.64.0.10:80         192.0.2.100:8081          1h00m      59s  natpmp  map       -              -                                  -\n");
	/* E-OPT-5: the two parts of a long description are one. */
	CU_ASSERT_EQUAL(ask("leases show --json", leases), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"description\":\"a long g\\u00E4me\"}"));
	/* E-OPT-3: filters are a list. */
	CU_ASSERT_PTR_NOT_NULL(
			strstr(out, "\"filters\":[\"203.0.113.0/24:443\",\"203.0.113.5/32\"]"));
	CU_ASSERT_PTR_NULL(strstr(out, "description_"));
	CU_ASSERT_EQUAL(ask("peers show", peers), 0);
	expect(out,
			"ADDRESS          SA   SINCE  IDENTITY\n"
			"100.64.0.9        5   1m01s  C=CH, CN=home\n"
			"2001:db8::1       -      7s  home2\n");
	CU_ASSERT_EQUAL(ask("peers set 100.64.0.9 home", set), 0);
	expect(out, "");
	CU_ASSERT_EQUAL(ask("-j peers set 100.64.0.9 home", set), 0);
	expect(out, "{\n  \"set\": 1\n}\n");
	CU_ASSERT_EQUAL(ask("peers unset 100.64.0.9", unset), 0);
	expect(out, "peers removed: 0\n");
}

/* L-IPS-6: every good line is carried out, and every other one is told with its number. */
static void
peers_are_loaded_line_by_line(void)
{
	static const char *const replies[] = { "{\"set\":1}", "{\"removed\":1}", NULL,
		"{\"set\":1}", "{\"removed\":0}" };
	static const char *const none[QUESTIONS] = { NULL };

	why = "an identity has \x1b[2J";
	input = "set 100.64.0.9 5 C=CH,  CN=a\n"
		"unset 100.64.0.10 0 home2\n"
		"\n"
		"set 100.64.0.11\n"
		"set 100.64.0.11 5 \n"
		"get 100.64.0.11 5 home\n"
		"set 100.64.0.12 6 home\n"
		"set 100.64.0.13 - home\n"
		"unset 100.64.0.14 7 home";
	CU_ASSERT_EQUAL(ask("peers load", replies), 1);
	expect(out, "peers set: 2\n");
	expect(err,
			"cgnctl: line 3: not \"set\" or \"unset\", ADDRESS, SA, IDENTITY\n"
			"cgnctl: line 4: not \"set\" or \"unset\", ADDRESS, SA, IDENTITY\n"
			"cgnctl: line 5: not \"set\" or \"unset\", ADDRESS, SA, IDENTITY\n"
			"cgnctl: line 6: neither \"set\" nor \"unset\"\n"
			"cgnctl: line 7: an identity has \\x1b[2J\n"
			"cgnctl: some lines were refused\n");
	CU_ASSERT_EQUAL(asked->n, 5);
	CU_ASSERT_STRING_EQUAL(asked->questions[0],
			"/cgn/peers/set,100.64.0.9,id=C%3DCH%2C%20%20CN%3Da,sa=5");
	CU_ASSERT_STRING_EQUAL(asked->questions[1], "/cgn/peers/unset,100.64.0.10,id=home2,sa=0");
	CU_ASSERT_STRING_EQUAL(asked->questions[3], "/cgn/peers/set,100.64.0.13,id=home");
	CU_ASSERT_STRING_EQUAL(asked->questions[4], "/cgn/peers/unset,100.64.0.14,id=home,sa=7");
	CU_ASSERT_EQUAL(ask("-j peers load", replies), 1);
	expect(out, "{\n  \"set\": 2,\n  \"removed\": 1,\n  \"refused\": 5\n}\n");
	/* If nothing is taken, it gives up. */
	why = "cgnd has closed the connection";
	input = "set a 1 a\nset a 1 a\nset a 1 a\nset a 1 a\nset a 1 a\nset a 1 a\nset a 1 a\n"
		"x\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nset a 1 a\nset a 1 a\n";
	CU_ASSERT_EQUAL(ask("peers load", none), 1);
	expect(out, "");
	CU_ASSERT_EQUAL(asked->n, 8);
	expect(strstr(err, "cgnctl: the rest"),
			"cgnctl: the rest is not read\ncgnctl: some lines were refused\n");
	input = "";
	CU_ASSERT_EQUAL(ask("peers load", none), 0);
	expect(out, "peers set: 0\n");
}

static void
configuration_is_put_together_from_pieces(void)
{
	static const char *const pieces[] = { "\"{\\\"workers\\\"\"", "\":2,\\\"nat\\\":{}}\"",
		"\"\"", NULL };
	static const char *const cut[] = { "\"{\\\"workers\\\"\"", "\"\"" };

	CU_ASSERT_EQUAL(ask("config show", pieces), 0);
	expect(out, "workers: 2\nnat: {}\n");
	CU_ASSERT_STRING_EQUAL(asked->questions[1], "/cgn/config,10");
	CU_ASSERT_STRING_EQUAL(asked->questions[2], "/cgn/config,22");
	CU_ASSERT_EQUAL(ask("-j config show", pieces), 0);
	expect(out, "{\n  \"workers\": 2,\n  \"nat\": {}\n}\n");
	/* A text that ends in the middle is no configuration. */
	CU_ASSERT_EQUAL(ask("config show", cut), 1);
	expect(out, "");
	CU_ASSERT_EQUAL(strncmp(err, "cgnctl: ", 8), 0);
}

/* REQ: N-CONF-5 */
static void
end_of_a_reload_is_told_with_its_exit_status(void)
{
	static const struct {
		const char *report;
		int status;
		const char *out, *err;
	} cases[] = {
		{ "\"{\\\"result\\\":\\\"reloaded\\\",\\\"file\\\":\\\"/f\\\",\\\"keys\\\":[\\\"nat.hairpin\\\"],"
		  "\\\"keys_total\\\":3,\\\"confirm_left_s\\\":60}\"",
				0,
				"changed         nat.hairpin\n"
				"changed         and 2 more keys\n"
				"reloaded        /f\n"
				"confirm         cgnctl config confirm within 60 s, or cgnd falls back\n",
				"" },
		{ "\"{\\\"result\\\":\\\"unchanged\\\",\\\"file\\\":\\\"/f\\\",\\\"keys\\\":[]}\"",
				0, "unchanged       /f\n", "" },
		{ "\"{\\\"result\\\":\\\"refused\\\",\\\"why\\\":\\\"restart\\\",\\\"keys\\\":[\\\"workers\\\"],"
		  "\\\"keys_total\\\":1}\"",
				1, "",
				"needs a restart workers\n"
				"cgnctl: reload refused, the configuration in use stays: these keys need "
				"a restart\n" },
		{ "\"{\\\"result\\\":\\\"refused\\\",\\\"why\\\":\\\"stop\\\"}\"", 1, "",
				"cgnctl: reload refused, the configuration in use stays: cgnd stops\n" },
		{ "\"{\\\"result\\\":\\\"refused\\\",\\\"why\\\":\\\"file\\\",\\\"keys\\\":[],"
		  "\\\"errors\\\":\\\"f:1:2: a: b: c\\\\n"
		  "f:3:4: d: 0123456789012345678901234567890123456789012345678901234567890123456789"
		  "\\\\n\\\"}\"",
				1, "",
				"f:1:2: a: b: c\n"
				"f:3:4: d: 0123456789012345678901234567890123456789012345678901234567890123"
				"456789\n"
				"cgnctl: reload refused, the configuration in use stays: the file has "
				"errors\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const answer[] = { cases[i].report, NULL };

		CU_ASSERT_EQUAL(ask("config reload", answer), cases[i].status);
		expect(out, cases[i].out);
		expect(err, cases[i].err);
		CU_ASSERT_EQUAL(ask("--json config reload", answer), cases[i].status);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"result\": "));
	}
}

/* REQ: N-CONF-3 */
static void
configuration_that_is_not_the_file_is_told(void)
{
	static const char *const left[] = { "\"{}\"", "\"\"",
		"{\"file_state\":\"in_use\",\"confirm_left_s\":9}" };
	static const char *const back[] = { "\"{}\"", "\"\"",
		"{\"file_state\":\"not_confirmed\"}" };

	CU_ASSERT_EQUAL(ask("config show", left), 0);
	expect(err, "cgnctl: cgnd falls back in 9 s without cgnctl config confirm\n");
	CU_ASSERT_EQUAL(ask("config show", back), 0);
	expect(err, "cgnctl: the file differs: nobody confirmed it in time, and cgnd fell back\n");
	CU_ASSERT_EQUAL(ask("config status", back + 2), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "state           the file differs: nobody"));
}

/* Without cgnd, a difference cannot be told from an error by exit status 1. REQ: N-CONF-5 */
static void
errors_of_a_comparison_have_their_own_exit_status(void)
{
	CU_ASSERT_EQUAL(ask("config diff /nowhere/cgnd.yaml", NULL), 2);
	CU_ASSERT_EQUAL(asked->n, 0);
	open_with = -ENOENT;
	CU_ASSERT_EQUAL(ask("config diff /nowhere/cgnd.yaml", NULL), 2);
	open_with = 0;
}

/* The first question that is refused ends it: exit status 1, the reason and how it is asked. */
static void
refusals_are_shown_with_what_was_asked(void)
{
	static const char *const first[] = { NULL };
	static const char *const second[] = { "{}", NULL };
	static const char *const later[] = { "{\"rows\":{},\"next\":\"1:0\"}", NULL };
	static const struct {
		const char *line;
		const char *const *answers;
		unsigned int n;
		const char *error;
	} cases[] = {
		{ "who 192.0.2.1:80/gre", first, 1,
				"cgnctl: bad parameters: 192.0.2.1:80/gre (who EXTADDR[:PORT[/PROTO]])\n" },
		{ "leases delete x", first, 1,
				"cgnctl: bad parameters: x (leases delete A[:PORT/PROTO])\n" },
		{ "mappings show -s x", first, 1, "cgnctl: bad parameters (mappings show)\n" },
		{ "counters show --worker 9", first, 1,
				"cgnctl: bad parameters (counters show)\n" },
		{ "counters show", second, 2, "cgnctl: bad parameters (counters show)\n" },
		{ "leases show", later, 2, "cgnctl: bad parameters (leases show)\n" },
		{ "config show", first, 1, "cgnctl: bad parameters (config show)\n" },
	};

	why = "bad parameters";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(ask(cases[i].line, cases[i].answers), 1);
		expect(err, cases[i].error);
		CU_ASSERT_EQUAL(asked->n, cases[i].n);
	}
	/* What cgnd has named is not said again. */
	why = "lease \"x\" is not an inside address";
	CU_ASSERT_EQUAL(ask("leases delete x", first), 1);
	expect(err, "cgnctl: lease \"x\" is not an inside address (leases delete A[:PORT/PROTO])\n");
	/* A letter of it in another word is no name, neither the last one of that word nor the first one. */
	why = "bad parameters";
	CU_ASSERT_EQUAL(ask("leases delete s", first), 1);
	expect(err, "cgnctl: bad parameters: s (leases delete A[:PORT/PROTO])\n");
	CU_ASSERT_EQUAL(ask("leases delete p", first), 1);
	expect(err, "cgnctl: bad parameters: p (leases delete A[:PORT/PROTO])\n");
}

/* Wherever foreign octets may stand, the terminal does not see them as they are. */
static void
foreign_octets_are_escaped_everywhere(void)
{
	static const struct {
		const char *line;
		const char *answers[3];
	} cases[] = {
		{ "pools show", { "{\"rows\":{\"0\":{\"pool\":\"a\\u001b[2Jb\"}}}" } },
		{ "-j pools show", { "{\"rows\":{\"0\":{\"pool\":\"a\\u001b[2Jb\"}}}" } },
		{ "who 192.0.2.1:80/tcp",
				{ "{\"state\":\"free_in_block\",\"subscriber\":{\"group\":\"a\\u001b[2Jb\"}}" } },
		{ "-j who 192.0.2.1:80/tcp", { "{\"state\":\"a\\u001b[2Jb\"}" } },
		{ "counters show", { "{}", "{\"portmap\":{\"a\\u001b[2Jb\":1}}" } },
		{ "counters show", { "{\"dropped\":{\"a\\u001b[2Jb\":1}}", "{}" } },
		{ "-j counters show", { "{\"a\\u001b[2Jb\":1}", "{}" } },
		{ "-j leases delete x", { "{\"deleted\":\"a\\u001b[2Jb\"}" } },
		{ "config show", { "\"{\\\"k\\\":\\\"a\\\\u001b[2Jb\\\"}\"", "\"\"" } },
		{ "config show", { "\"{\\\"a\\\\u001b[2Jb\\\":1}\"", "\"\"" } },
		{ "-j config show", { "\"{\\\"k\\\":\\\"a\\\\u001b[2Jb\\\"}\"", "\"\"" } },
		{ "peers show", { "{\"rows\":{\"0\":{\"identity\":\"a\\u001b[2Jb\"}}}" } },
		{ "leases show", { "{\"rows\":{\"0\":{\"peer\":\"a\\u001b[2Jb\"}}}" } },
		{ "leases show", { "{\"rows\":{\"0\":{\"description_0\":\"a%1b[2Jb\"}}}" } },
		{ "pools show", { NULL } },
	};

	why = "a\x1b[2Jb\n";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret = ask(cases[i].line, cases[i].answers);

		CU_ASSERT_EQUAL(ret, cases[i].answers[0] == NULL ? 1 : 0);
		CU_ASSERT_PTR_NULL(strchr(out, 0x1b));
		CU_ASSERT_PTR_NULL(strchr(err, 0x1b));
		/* But shown they are. */
		CU_ASSERT_PTR_NOT_NULL(strstr(ret == 0 ? out : err, "[2Jb"));
		if (strstr(ret == 0 ? out : err, "[2Jb") == NULL)
			printf("\n%s: %s%s", cases[i].line, out, err);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_command_asks_its_own_questions),
	CU_TEST_ROW(pages_become_one_table_and_one_list),
	CU_TEST_ROW(counters_are_shown_by_group_without_zeros),
	CU_TEST_ROW(every_counter_is_shown_with_its_help),
	CU_TEST_ROW(rows_are_sorted_and_cut),
	CU_TEST_ROW(watching_shows_rates),
	CU_TEST_ROW(counters_of_one_worker_are_its_own),
	CU_TEST_ROW(nothing_left_by_a_filter_is_told),
	CU_TEST_ROW(owner_of_a_port_is_shown),
	CU_TEST_ROW(clearing_tells_what_ended_and_what_stays),
	CU_TEST_ROW(one_subscriber_is_a_screen),
	CU_TEST_ROW(numbers_of_a_subscriber_are_explained),
	CU_TEST_ROW(port_outside_of_the_range_is_told),
	CU_TEST_ROW(peers_are_shown_and_changed),
	CU_TEST_ROW(peers_are_loaded_line_by_line),
	CU_TEST_ROW(configuration_is_put_together_from_pieces),
	CU_TEST_ROW(end_of_a_reload_is_told_with_its_exit_status),
	CU_TEST_ROW(configuration_that_is_not_the_file_is_told),
	CU_TEST_ROW(errors_of_a_comparison_have_their_own_exit_status),
	CU_TEST_ROW(refusals_are_shown_with_what_was_asked),
	CU_TEST_ROW(foreign_octets_are_escaped_everywhere),
};

int
main(void)
{
	return asked_main("cgnctl", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/stationlog.h"
#include "tests/support/cu.h"
#include "tests/support/logfix.h"

#include <string.h>

#include <rte_log.h>

static struct cgn_conf_port ports[1] = { { .name = "inside0" } };
static struct cgn_conf conf = { .ports = ports, .n_ports = 1, .nat.notify_interval_s = 20 };
static const struct cgn_conf *in_use = &conf;
static struct cgn_stationlog crowds;
static struct cgn_stations stations;
static struct cgn_timerq *timers;
static uint64_t now_ms;

static void
begin(void)
{
	now_ms = 1000;
	logfix_open();
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_stations_init(&stations, 256, 1), 0);
	cgn_stationlog_init(&crowds, &in_use, &stations, timers);
}

static void
end(void)
{
	cgn_stationlog_fini(&crowds);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
	cgn_stations_fini(&stations);
	logfix_close();
}

static void
advance_s(unsigned int s)
{
	for (unsigned int i = 0; i < s; i++) {
		now_ms += 1000;
		(void)cgn_timerq_run(timers, now_ms, 10);
	}
}

static struct cgn_station *
station(uint8_t last)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, last };

	return cgn_stations_take(&stations, 0, mac);
}

static void
over(struct cgn_station *s, const char *pool)
{
	const struct cgn_ip a = { .ip4 = RTE_BE32(0x64400007) };

	s->n_over++;
	cgn_stationlog_over(&crowds, s, &a, &(struct cgn_stationlog_limit){ 16, pool }, now_ms);
}

/* One line when it begins and one when it is over, however many addresses there are. REQ: G-DAY-72 */
static void
station_has_a_line_when_it_begins_and_one_when_it_is_over(void)
{
	struct cgn_station *s;

	begin();
	s = station(11);
	for (unsigned int i = 0; i < 50; i++)
		over(s, "small");
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: warning station-limited: station uses more addresses than it may port=inside0 station=02:00:00:00:00:0B address=100.64.0.7 limit=16 limit_of=pools[small]\n");
	advance_s(60);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	/* A pause is no end. */
	s->n_over = 0;
	advance_s(19);
	s->n_over = 1;
	advance_s(1);
	s->n_over = 0;
	advance_s(19);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	advance_s(2);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice station-limit-over: station has no address above its limit any more port=inside0 station=02:00:00:00:00:0B after_s=80\n");
	advance_s(60);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	over(s, NULL);
	CU_ASSERT_PTR_NOT_NULL(
			strstr(logfix_new(), " limit=16 limit_of=limits.station_addresses_max\n"));
	end();
}

/* It has gone with all its addresses. */
static void
station_that_is_forgotten_is_over(void)
{
	struct cgn_station *s;

	begin();
	s = station(11);
	over(s, NULL);
	cgn_stations_give(&stations, s);
	(void)logfix_new();
	advance_s(25);
	CU_ASSERT_PTR_NOT_NULL(strstr(logfix_new(), "station-limit-over: "));
	end();
}

static void
more_than_fit_have_no_lines(void)
{
	begin();
	for (unsigned int i = 0; i < 2 * CGN_STATIONLOG_MAX; i++)
		over(station((uint8_t)i), NULL);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "station-limited: "), CGN_STATIONLOG_MAX);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(station_has_a_line_when_it_begins_and_one_when_it_is_over),
	CU_TEST_ROW(station_that_is_forgotten_is_over),
	CU_TEST_ROW(more_than_fit_have_no_lines),
};

CU_MAIN("stationlog", tests)

/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/report.h"
#include "tests/support/cu.h"

#include <stdlib.h>
#include <string.h>

static struct cgn_stats workers[2];

static void
the_table_shows_what_is_not_zero_and_its_sum(void)
{
	struct cgn_report r = { 0 };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	memset(workers, 0, sizeof(workers));
	cgn_counter_add(&workers[0].port[0].rx_pkts, 10);
	cgn_counter_add(&workers[1].port[3].rx_pkts, 5);
	cgn_counter_add(&workers[0].verdict[CGN_V_OUT], 8);
	cgn_counter_add(&workers[1].verdict[CGN_V_OUT], 3);
	cgn_counter_add(&workers[1].verdict[CGN_V_TTL], 2);
	cgn_counter_add(&workers[1].gauge[CGN_G_HELD_NEIGH], 2);
	cgn_report_add(&r, &workers[0]);
	cgn_report_add(&r, &workers[1]);
	cgn_report_print(&r, out);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text,
			"received                                  15\n"
			"forwarded    out                          11  inside to outside, translated and forwarded\n"
			"dropped      ttl                           2  time to live exceeded\n"
			"held                                       2\n"
			"sum                                       15\n");
	free(text);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_table_shows_what_is_not_zero_and_its_sum),
};

CU_MAIN("report", tests)

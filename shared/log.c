/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/log.h"

#include <stdio.h>

void
cgn_log_init(unsigned int verbose)
{
	uint32_t level = verbose == 0  ? RTE_LOG_NOTICE
			: verbose == 1 ? RTE_LOG_INFO
				       : RTE_LOG_DEBUG;

	/* The EAL would write to stdout, which is for what the user asked to see. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	rte_openlog_stream(stderr);
	rte_log_set_level_pattern("cgn.*", level);
}

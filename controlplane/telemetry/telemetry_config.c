/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Turns the state of the configuration into telemetry data.
 */
#include "controlplane/telemetry/telemetry_config.h"

#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/dpdk_compat.h"

#include <rte_telemetry.h>

int
cgn_telemetry_config_status(struct rte_tel_data *out, const struct cgn_reload *reload)
{
	rte_tel_data_start_dict(out);
	cgn_telemetry_config_add(out, reload);
	return 0;
}

void
cgn_telemetry_config_add(struct rte_tel_data *out, const struct cgn_reload *reload)
{
	const struct cgn_reload_status s = cgn_reload_status(reload);
	const struct cgn_reload_stats *stats = cgn_reload_stats(reload);

	cgn_telemetry_rows_text(out, "file", s.file);
	rte_tel_data_add_dict_string(out, "file_state", s.file_state);
	rte_tel_data_add_dict_string(out, "by", s.by);
	rte_tel_data_add_dict_uint(out, "loaded_ms", (uint64_t)s.at_ms);
	rte_tel_data_add_dict_uint(out, "is_busy", s.is_busy);
	if (s.confirm_left_s != 0)
		rte_tel_data_add_dict_uint(out, "confirm_left_s", s.confirm_left_s);
	rte_tel_data_add_dict_uint(out, "reloads", stats->done);
	rte_tel_data_add_dict_uint(out, "reloads_refused", stats->refused);
	rte_tel_data_add_dict_uint(out, "fall_backs", stats->fell_back);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The manual page cgnd(8), for `cgnd --man`. Its options are those of the table.
 */
#include "controlplane/opts.h"
#include "shared/manual.h"

static void
manual_options(struct cgn_manual *m)
{
	cgn_manual_section(m, "OPTIONS");
	for (const struct cgn_opts_row *row = cgn_opts_rows; row->name != NULL; row++) {
		char letter[16] = "", name[64], text[256];

		if (row->help == NULL)
			continue;
		if (row->letter < CGN_OPTS_CHECK)
			snprintf(letter, sizeof(letter), "`-%c`, ", row->letter);
		snprintf(name, sizeof(name), "%s`--%s`%s%s", letter, row->name,
				row->value == NULL ? "" : " ",
				row->value == NULL ? "" : row->value);
		cgn_manual_item(m, name, cgn_manual_sentence(row->help, text, sizeof(text)));
	}
	cgn_manual_item(m, "`--` EAL ARGS",
			"Arguments for the EAL of DPDK. cgnd adds them to those of the key `eal` in its configuration.");
}

static void
manual_signals(struct cgn_manual *m)
{
	cgn_manual_section(m, "SIGNALS");
	cgn_manual_item(m, "`SIGTERM`, `SIGINT`", "End. cgnd logs what became of every packet.");
	cgn_manual_item(m, "`SIGHUP`",
			"Read the configuration again, and open the files of records again. If the new configuration "
			"is not accepted, the old one stays.");
}

static void
manual_files(struct cgn_manual *m)
{
	cgn_manual_section(m, "FILES");
	cgn_manual_item(m, "`/etc/cgnd.yaml`",
			"The configuration that the systemd unit uses. cgnd brings none.");
	cgn_manual_item(m, "`/var/lib/cgnd`", "The store of leases (key `store.path`).");
	cgn_manual_item(m, "`/run/cgnd`", "State of cgnd (key `runtime_dir`).");
	cgn_manual_item(m, "`/var/log/cgnd`",
			"Where the systemd unit may write records (key `export.sinks`).");
	cgn_manual_item(m, "`/usr/share/doc/cgnd`",
			"Documents and example configurations. Begin with OPERATE.md.");
}

void
cgn_opts_manual(FILE *out, const char *version, const char *date)
{
	static const char *const begin[] = { "`" CGN_OPTS_SYNOPSIS "`", NULL };
	const struct cgn_manual_head head = {
		.name = "cgnd",
		.section = 8,
		.brief = "carrier-grade NAT for IPv4 in user space",
		.date = date,
		.version = version,
		.begin = begin,
	};
	struct cgn_manual m = { .out = out };

	cgn_manual_begin(&m, &head);
	cgn_manual_section(&m, "DESCRIPTION");
	cgn_manual_paragraph(&m,
			"`cgnd` translates the addresses of many subscribers to a few external ones. Each "
			"subscriber gets one external address and blocks of its ports. Subscribers can open "
			"ports themselves with NAT-PMP or PCP.");
	cgn_manual_paragraph(&m,
			"Worker threads translate the packets with DPDK, each on a CPU core of its own. `cgnd` "
			"stays in the foreground and logs to the standard error. It tells systemd when it "
			"serves. The unit `cgnd.service` starts it with `/etc/cgnd.yaml`. It is off until an "
			"administrator enables it. `cgnctl`(8) asks a `cgnd` that runs.");
	manual_options(&m);
	cgn_manual_section(&m, "EXIT STATUS");
	cgn_manual_item(&m, "0", "It ended when it was told to.");
	cgn_manual_item(&m, "1", "It failed while it started or ran.");
	cgn_manual_item(&m, "2", "The command line or the configuration is wrong.");
	manual_signals(&m);
	manual_files(&m);
	cgn_manual_section(&m, "SEE ALSO");
	cgn_manual_paragraph(&m, "`cgnctl`(8), `cgnd.yaml`(5), `systemctl`(1)");
}

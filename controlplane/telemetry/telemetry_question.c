/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the files of telemetry that answer have in common: parameters and errors of a question.
 */
#include "controlplane/telemetry/telemetry_question.h"

#include "controlplane/telemetry/telemetry_params.h"
#include "shared/addr_text.h"
#include "shared/ctl.h"
#include "shared/dpdk_compat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_telemetry.h>

bool
cgn_telemetry_question_param(const struct cgn_telemetry_question *q, const char *key,
		char buf[static CGN_TELEMETRY_PARAMS_MAX])
{
	return cgn_telemetry_params_find(q->params, key, buf);
}

int
cgn_telemetry_question_endpoint(char *text, struct cgn_ep4 *ep)
{
	char *proto = strchr(text, '/');
	uint16_t port;

	if (proto == NULL)
		return -EINVAL;
	*proto++ = '\0';
	if (cgn_addr_text_parse_ep4(text, &ep->addr, &port) < 0 ||
			cgn_telemetry_rows_parse_proto(proto, &ep->proto) < 0)
		return -EINVAL;
	ep->port = rte_cpu_to_be_16(port);
	return 0;
}

int
cgn_telemetry_question_wrong(struct cgn_telemetry_question *q, int ret, const char *key,
		const char *value, const char *must)
{
	snprintf(q->why, sizeof(q->why), "%s \"%s\" is not %s", key, value, must);
	return ret;
}

int
cgn_telemetry_question_none(struct cgn_telemetry_question *q, int ret, const char *what,
		const struct cgn_choice *there)
{
	(void)cgn_choice_text(there, what, q->why);
	return ret;
}

void
cgn_telemetry_question_fail(struct cgn_telemetry_question *q, int ret)
{
	static const struct {
		int error;
		const char *text;
	} known[] = {
		{ -EINVAL, "bad parameters" },
		{ -ENOENT, "no such thing" },
		{ -EAFNOSUPPORT, "a subscriber is an address or a prefix" },
		{ -ESRCH, "no group has this name" },
		{ -EADDRNOTAVAIL, "an external address is ADDR or ADDR:PORT" },
		{ -EPROTONOSUPPORT, "a protocol is udp, tcp or icmp" },
		{ -EDESTADDRREQ, "either filters, or all mappings" },
		{ -EDOM, "no row can be in this state" },
		{ -ENODATA, "no reload waits for a confirmation" },
		{ -ENXIO, "no group has this address" },
		{ -ENAMETOOLONG, "an identity has 1 to 127 octets" },
		{ -EILSEQ, "an identity has only printable ASCII" },
		{ -EUSERS, "the list of peers is full" },
		{ -ETIMEDOUT, "a worker does not answer" },
		{ -EALREADY, "a trace or a capture of packets runs already" },
		{ -ECONNABORTED, "it has ended because it was not read for 5 s" },
		{ -EBUSY, "the control thread does not answer" },
		{ -ENOBUFS, CGN_CTL_BUSY },
		{ -ESHUTDOWN, "cgnd is stopping" },
		{ -ECANCELED, "cgnd is stopping" },
	};
	const char *text = strerror(-ret);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].error == ret)
			text = known[i].text;
	}
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_string(q->out, "error", text);
	cgn_telemetry_rows_long(q->out, CGN_CTL_ERROR, q->why);
}

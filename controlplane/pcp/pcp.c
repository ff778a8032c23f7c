/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the PCP server, and connects it with the links.
 */
#include "controlplane/pcp/pcp.h"

#include "controlplane/pcp/pcp_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cgn_pcp {
	struct cgn_pcp_cfg cfg;
	struct cgn_pcp_server *server;
};

static void
send_out(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_pcp *p = ctx;

	if (to->is_protected)
		p->cfg.protected(p->cfg.ctx, to, data, len);
	else
		cgn_ip_responder_send(p->cfg.responder, to, data, len);
}

bool
cgn_pcp_is_on(const struct cgn_pcp *p)
{
	return p->cfg.conf->pcp.enabled && p->cfg.conf->natpmp.role != CGN_NATPMP_OFF;
}

bool
cgn_pcp_input(struct cgn_pcp *p, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	const struct cgn_return_addr from = cgn_ip_responder_return_addr(d);

	return cgn_pcp_server_input(p->server, &from, d->data, d->len, now_ms);
}

void
cgn_pcp_input_protected(struct cgn_pcp *p, const struct cgn_return_addr *from, const void *data,
		size_t len, uint64_t now_ms)
{
	(void)cgn_pcp_server_input(p->server, from, data, len, now_ms);
}

void
cgn_pcp_revoked(struct cgn_pcp *p, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	cgn_pcp_server_revoked(p->server, lease, now_ms);
}

bool
cgn_pcp_moved(struct cgn_pcp *p, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	return cgn_pcp_server_moved(p->server, lease, now_ms);
}

size_t
cgn_pcp_announcement(
		const struct cgn_pcp *p, uint32_t epoch_s, uint8_t out[static CGN_PCP_ANNOUNCE_LEN])
{
	const struct cgn_pcp_answer a = { .opcode = CGN_PCP_ANNOUNCE, .epoch_s = epoch_s };
	struct cgn_pcp_message m;

	if (!cgn_pcp_is_on(p) || !cgn_pcp_codec_answer(&m, &a))
		return 0;
	memcpy(out, m.octets, CGN_PCP_ANNOUNCE_LEN);
	return CGN_PCP_ANNOUNCE_LEN;
}

int
cgn_pcp_create(struct cgn_pcp **out, const struct cgn_pcp_cfg *cfg)
{
	struct cgn_pcp *p = calloc(1, sizeof(*p));
	const struct cgn_pcp_server_cfg server = {
		.conf = cfg->conf,
		.leases = cgn_leases_service(cfg->leases),
		.send = send_out,
		.ctx = p,
		.timers = cfg->timers,
		.seed = cfg->seed,
	};

	if (p == NULL)
		return -ENOMEM;
	p->cfg = *cfg;
	if (cgn_pcp_server_create(&p->server, &server) < 0) {
		free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void
cgn_pcp_destroy(struct cgn_pcp *p)
{
	if (p == NULL)
		return;
	cgn_pcp_server_destroy(p->server);
	free(p);
}

void
cgn_pcp_set_conf(struct cgn_pcp *p, const struct cgn_conf *conf)
{
	p->cfg.conf = conf;
	cgn_pcp_server_set_conf(p->server, conf);
}

const struct cgn_pcp_server *
cgn_pcp_get_server(const struct cgn_pcp *p)
{
	return p->server;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/modelrun.h"
#include "tests/support/seeds.h"

/*
 * The engine beside a slow model on long random traces (tests/support/seeds.h).
 */

#define N_HOSTS 6
#define N_PORTS 4

static void
configure(struct mr *r)
{
	struct fx *fx = r->fx;
	struct cgn_conf_nat *nat = &fx->conf.nat;

	fx->seed = (uint8_t)r->seed;
	fx_pool_per_worker(fx, 1 + mr_below(r, 2));
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = (uint16_t)(1 + mr_below(r, 2));
	fx->groups[0].subscriber_prefix_len = mr_below(r, 2) == 0 ? 32 : 31;
	fx->groups[0].mappings_max = mr_below(r, 2) == 0 ? 0 : 8 + mr_below(r, 20);
	fx->groups[0].leases_max = 1 + mr_below(r, 4);
	fx->pools[0].port_min = mr_below(r, 2) == 0 ? 1024 : 5312;
	fx->pools[0].port_max = (uint16_t)(fx->pools[0].port_min + 64 * (1 + mr_below(r, 4)) - 1);
	nat->filtering[CGN_PROTO_UDP] = (enum cgn_filtering)mr_below(r, 3);
	nat->filtering[CGN_PROTO_TCP] = (enum cgn_filtering)mr_below(r, 3);
	nat->hairpin = mr_below(r, 4) != 0;
	nat->port_choice = (enum cgn_port_choice)mr_below(r, 2);
	nat->port_parity = mr_below(r, 3) == 0;
	nat->syn_unreachable = mr_below(r, 2) == 0;
	nat->hold_down_s = mr_below(r, 3) == 0 ? 0 : 121;
	nat->inbound_refresh = nat->filtering[CGN_PROTO_UDP] == CGN_FILTERING_EI &&
			mr_below(r, 2) == 0;
	nat->timeouts = (struct cgn_conf_timeouts){
		.udp_s = 301,
		.icmp_s = 61,
		.tcp_established_s = 7441,
		.tcp_opening_s = 241,
		.tcp_closing_s = 245,
		.fragment_s = 2,
	};
}

static void
step(struct mr *r)
{
	uint32_t kind = mr_below(r, 100);

	r->mo->step = r->step;
	mr_take_records(r);
	if (kind < 45)
		mr_send_out(r);
	else if (kind < 75)
		mr_send_in(r);
	else if (kind < 80)
		mr_lease(r);
	else if (kind < 85)
		mr_send_error(r);
	else
		mr_let_time_pass(r);
	if (r->step % 16 == 0)
		FX_BOOKS(r->fx);
}

static void
trace(uint32_t seed, uint32_t steps)
{
	struct mr r;

	mr_init(&r, seed);
	mr_listen(&r, fx_new());
	for (unsigned int i = 0; i < N_HOSTS; i++)
		r.hosts[i] = mr_number("100.64.1.16") + i;
	r.n_hosts = N_HOSTS;
	r.n_ports = N_PORTS;
	configure(&r);
	r.fx->now += mr_below(&r, CGN_TICK_HZ);
	fx_start(r.fx);
	mo_set_conf(r.mo, &r.fx->conf);
	for (; r.step < steps && !r.failed; r.step++)
		step(&r);
	fx_free(r.fx);
	mr_fini(&r);
}

/* A-MAP-1, A-MAP-2, A-MAP-3, A-MAP-7, A-MAP-8, A-POOL-1, A-PORT-6, A-PORT-10, A-FIL-1, A-FIL-3, A-UDP-1,
 * A-UDP-3, A-UDP-4, A-TCP-1, A-TCP-5, A-TCP-6, A-ICE-5, A-ICE-7, A-HP-1, A-HP-2, A-RES-1, A-RES-4:
 * the engine does what a slow model does, whatever comes in which order. */
static void
engine_agrees_with_a_slow_model(void)
{
	seeds_run(60, 5000, trace);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(engine_agrees_with_a_slow_model),
};

CU_MAIN("scn_model", tests)

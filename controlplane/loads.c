/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Samples the time that the workers have worked, each second.
 */
#include "controlplane/loads.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>

#define PERIOD_MS 1000
#define SAMPLES   (CGN_LOADS_S + 1)

/* What the workers had worked by a time. */
struct sample {
	uint64_t at_ms;
	uint64_t cycles[CGN_WORKERS_MAX];
};

struct cgn_loads {
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	uint64_t hz;
	uint64_t n; /* samples since the start; the next one has place n % SAMPLES */
	struct sample at[SAMPLES];
};

static void
take_sample(struct cgn_loads *l, uint64_t now_ms)
{
	struct sample *s = &l->at[l->n++ % SAMPLES];

	s->at_ms = now_ms;
	for (unsigned int w = 0; w < l->planes->n_workers; w++)
		s->cycles[w] = cgn_counter_get(
				&l->planes->workers[w].stats->latency[CGN_LATENCY_LOOP].cycles);
}

static void
loads_fire(void *arg, uint64_t now_ms)
{
	struct cgn_loads *l = arg;

	take_sample(l, now_ms);
	/* Cannot fail: the timer was set before. */
	(void)cgn_timerq_set(l->timers, &l->timer, now_ms + PERIOD_MS);
}

int
cgn_loads_create(struct cgn_loads **out, const struct cgn_planes *planes, struct cgn_timerq *timers,
		uint64_t hz, uint64_t now_ms)
{
	struct cgn_loads *l = calloc(1, sizeof(*l));
	int ret;

	if (l == NULL)
		return -ENOMEM;
	l->planes = planes;
	l->timers = timers;
	l->hz = hz;
	l->timer = (struct cgn_timer){ .fire = loads_fire, .arg = l };
	take_sample(l, now_ms);
	ret = cgn_timerq_set(timers, &l->timer, now_ms + PERIOD_MS);
	if (ret < 0) {
		free(l);
		return ret;
	}
	*out = l;
	return 0;
}

void
cgn_loads_destroy(struct cgn_loads *l)
{
	if (l == NULL)
		return;
	cgn_timerq_cancel(l->timers, &l->timer);
	free(l);
}

uint32_t
cgn_loads_permille(const struct cgn_loads *l, unsigned int worker)
{
	const struct sample *last = &l->at[(l->n - 1) % SAMPLES];
	const struct sample *first = &l->at[l->n < SAMPLES ? 0 : l->n % SAMPLES];
	double all = (double)(last->at_ms - first->at_ms) * (double)l->hz / 1000;
	double busy = (double)(last->cycles[worker] - first->cycles[worker]);

	return all == 0 ? 0 : (uint32_t)RTE_MIN(busy * 1000 / all, 1000.0);
}

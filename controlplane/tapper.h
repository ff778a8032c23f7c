/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAPPER_H
#define CGN_TAPPER_H

/**
 * @file
 * Traces and captures: gives the question of an operator to all workers, and their records to cgnctl, as one stream.
 *
 * One trace or capture runs at a time. It ends after a number of records, after a time, when cgnctl asks for it, or when
 * cgnctl has not read for CGN_TAPPER_SILENCE_MS. Workers never wait for cgnctl: what their rings cannot take is counted.
 *
 * At the end each worker gives its door back. A worker that hangs does not: after CGN_TAPPER_WORKER_MS the stream ends
 * without it, and there is no other trace or capture until it has answered, because it may still write to its door.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"
#include "controlplane/workers/dpclient.h"
#include "shared/conf.h"
#include "shared/ctl.h"
#include "shared/tap_record.h"

struct cgn_tapper;

/** Whoever does not read for so long is gone. */
#define CGN_TAPPER_SILENCE_MS 5000

/** A worker that has not answered for so long hangs. Usually it answers within a millisecond. */
#define CGN_TAPPER_WORKER_MS   5000

#define CGN_TAPPER_COUNT_MAX   CGN_CTL_TAP_COUNT_MAX /* records of one trace or capture */
#define CGN_TAPPER_SECONDS_MAX CGN_CTL_TAP_SECONDS_MAX

/** What to do, and for how long. */
struct cgn_tapper_job {
	struct cgn_tap_ask ask; /* the tapper sets filter */
	uint32_t count;         /* records; 1 to CGN_TAPPER_COUNT_MAX */
	uint32_t seconds;       /* 1 to CGN_TAPPER_SECONDS_MAX */
	uint32_t n_filter;      /* instructions that cgn_tapper_filter() will bring; 0: no filter */
};

/** Create it. @p client, @p planes and @p timers outlive it. @return 0, -ENOMEM */
int cgn_tapper_create(struct cgn_tapper **out, const struct cgn_planes *planes,
		struct cgn_dpclient *client, struct cgn_timerq *timers);

/** Release it. The workers have stopped, and the client of the workers was released. NULL is allowed. */
void cgn_tapper_destroy(struct cgn_tapper *t);

/**
 * Begin.
 *
 * @param conf     names the ports; not used afterwards
 * @param[out] id  names this trace or capture from now on
 * @return 0; -EALREADY: another one runs; -ETIMEDOUT: a worker has not answered since the last one; -ENOBUFS: a worker's
 *         queue is full; -ENOMEM
 */
int cgn_tapper_start(struct cgn_tapper *t, const struct cgn_tapper_job *job,
		const struct cgn_conf *conf, uint64_t now_ms, uint32_t *id);

/**
 * Bring the next instructions of the filter. With the last one the capture begins.
 *
 * @return 0; -ENOENT: there is no such capture; -EINVAL: more than announced, or the filter is not safe, and the capture is
 *   gone; or as cgn_tapper_start()
 */
int cgn_tapper_filter(struct cgn_tapper *t, uint32_t id, const struct bpf_insn *code, size_t n,
		uint64_t now_ms);

/**
 * Read the next part of the stream.
 *
 * @param[out] n  octets; 0: there is nothing now
 * @return 0; -ENOENT: there is no such trace or capture, or the stream was read to its end; -ECONNABORTED: it was the last
 *   one, and ended because nobody had read it
 */
int cgn_tapper_read(struct cgn_tapper *t, uint32_t id, uint8_t *buf, size_t size, size_t *n,
		uint64_t now_ms);

/** End it. What was recorded can still be read. @return 0, -ENOENT */
int cgn_tapper_stop(struct cgn_tapper *t, uint32_t id, uint64_t now_ms);

#endif /* CGN_TAPPER_H */

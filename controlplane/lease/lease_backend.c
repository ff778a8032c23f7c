/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The backend of the lease service that is the lessor itself. The relay is the other one.
 */
#include "controlplane/lease/lease_backend.h"

static void
backend_address(void *ctx, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	cgn_lessor_bind(ctx, r, done, arg, now_ms);
}

static void
backend_map(void *ctx, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	cgn_lessor_map(ctx, r, done, arg, now_ms);
}

static void
backend_peer(void *ctx, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	cgn_lessor_peer(ctx, r, done, arg, now_ms);
}

static void
backend_unmap(void *ctx, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	cgn_lessor_unmap(ctx, r, done, arg, now_ms);
}

static void
backend_unmap_all(void *ctx, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	cgn_lessor_unmap_all(ctx, r, done, arg, now_ms);
}

static uint32_t
backend_epoch_s(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	return cgn_lessor_epoch_s(ctx, realm, addr, now_ms);
}

const struct cgn_lease_backend cgn_lease_backend_lessor = {
	.address = backend_address,
	.map = backend_map,
	.peer = backend_peer,
	.unmap = backend_unmap,
	.unmap_all = backend_unmap_all,
	.epoch_s = backend_epoch_s,
};

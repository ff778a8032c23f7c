/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks into chunks of saved state. Nothing is trusted: a length is compared with the end of the chunk before it is used.
 */
#include "shared/state_scan.h"

#include "shared/crc.h"

#include <errno.h>

/* Lengths of records are multiples of this. */
#define ALIGN 8u

uint32_t
cgn_state_scan_crc(const void *octets, size_t len)
{
	return ~cgn_crc(octets, len, UINT32_MAX);
}

uint32_t
cgn_state_scan_checksum(const void *chunk, size_t len)
{
	struct cgn_state_chunk h;
	uint32_t crc;

	memcpy(&h, chunk, sizeof(h));
	h.checksum = 0;
	crc = cgn_crc(&h, sizeof(h), UINT32_MAX);
	return ~cgn_crc((const uint8_t *)chunk + sizeof(h), len - sizeof(h), crc);
}

/* Copy the header. @return false: the octets do not begin with one, or it says an impossible length */
static bool
read_header(const void *chunk, size_t len, struct cgn_state_chunk *h)
{
	uint32_t length;

	if (len < sizeof(*h))
		return false;
	memcpy(h, chunk, sizeof(*h));
	length = rte_le_to_cpu_32(h->length);
	return memcmp(h->magic, CGN_STATE_MAGIC, sizeof(h->magic)) == 0 && length >= sizeof(*h) &&
			length <= CGN_STATE_CHUNK_MAX;
}

uint32_t
cgn_state_scan_length(const void *chunk, size_t len)
{
	struct cgn_state_chunk h;

	return read_header(chunk, len, &h) ? rte_le_to_cpu_32(h.length) : 0;
}

/* Whether the records fill the chunk, and are as many as its header says. */
static bool
has_whole_records(const void *chunk, uint32_t length, uint32_t n_records)
{
	uint32_t at = sizeof(struct cgn_state_chunk), n = 0;
	struct cgn_state_record r;

	for (; at < length; n++) {
		if (length - at < sizeof(r))
			return false;
		memcpy(&r, (const uint8_t *)chunk + at, sizeof(r));
		if (rte_le_to_cpu_16(r.length) == 0 || rte_le_to_cpu_16(r.length) % ALIGN != 0 ||
				rte_le_to_cpu_16(r.length) > length - at)
			return false;
		at += rte_le_to_cpu_16(r.length);
	}
	return n == n_records;
}

int
cgn_state_scan_check(const void *chunk, size_t len, struct cgn_state_info *info)
{
	struct cgn_state_chunk h;

	if (!read_header(chunk, len, &h))
		return -EBADMSG;
	/* The version comes before the rest: another one may have another checksum. */
	if (rte_le_to_cpu_16(h.version) != CGN_STATE_VERSION)
		return -EPROTONOSUPPORT;
	if (rte_le_to_cpu_32(h.length) != len ||
			rte_le_to_cpu_32(h.checksum) != cgn_state_scan_checksum(chunk, len) ||
			!has_whole_records(chunk, (uint32_t)len, rte_le_to_cpu_32(h.n_records)))
		return -EBADMSG;
	if (h.kind != CGN_STATE_OF_WORKER)
		return -EPROTONOSUPPORT;
	*info = (struct cgn_state_info){
		.kind = h.kind,
		.flags = h.flags,
		.worker = rte_le_to_cpu_16(h.worker),
		.n_workers = rte_le_to_cpu_16(h.n_workers),
		.length = rte_le_to_cpu_32(h.length),
		.n_records = rte_le_to_cpu_32(h.n_records),
		.serial = rte_le_to_cpu_32(h.serial),
		.time_ms = rte_le_to_cpu_64(h.time_ms),
	};
	return 0;
}

const uint8_t *
cgn_state_scan_next(const void *chunk, uint32_t *at, unsigned int *type, unsigned int *length)
{
	const uint8_t *p = chunk;
	struct cgn_state_chunk h;
	struct cgn_state_record r;

	memcpy(&h, p, sizeof(h));
	if (*at == 0)
		*at = sizeof(h);
	if (*at >= rte_le_to_cpu_32(h.length))
		return NULL;
	p += *at;
	memcpy(&r, p, sizeof(r));
	*type = rte_le_to_cpu_16(r.type);
	*length = rte_le_to_cpu_16(r.length);
	*at += *length;
	return p;
}

bool
cgn_state_scan_pairing(const void *chunk, uint32_t *at, struct cgn_state_pairing *out)
{
	struct cgn_state_subscriber s;
	unsigned int type, length;
	const uint8_t *p;

	while ((p = cgn_state_scan_next(chunk, at, &type, &length)) != NULL) {
		if (type != CGN_STATE_SUBSCRIBER || length != sizeof(s))
			continue;
		memcpy(&s, p, sizeof(s));
		*out = (struct cgn_state_pairing){
			.prefix.is_ip6 = s.who.is_ip6 != 0,
			.len = s.who.len,
			.ext_addr = s.ext_addr,
		};
		memcpy(&out->prefix.ip6, s.who.addr, sizeof(out->prefix.ip6));
		return true;
	}
	return false;
}

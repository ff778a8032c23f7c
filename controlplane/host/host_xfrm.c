/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes policies of the kernel's IPsec: of a socket, and general ones by libnl.
 */
#include "controlplane/host/host_xfrm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

/* A policy for IPv4 that has no end. */
static struct xfrm_userpolicy_info
host_xfrm_policy(uint8_t dir, uint8_t action)
{
	return (struct xfrm_userpolicy_info){
		.sel = { .family = AF_INET },
		.lft = { .soft_byte_limit = XFRM_INF,
				.hard_byte_limit = XFRM_INF,
				.soft_packet_limit = XFRM_INF,
				.hard_packet_limit = XFRM_INF },
		.dir = dir,
		.action = action,
	};
}

int
cgn_host_xfrm_require_transport(int fd)
{
	struct {
		struct xfrm_userpolicy_info policy;
		struct xfrm_user_tmpl tmpl;
	} x = {
		.policy = host_xfrm_policy(XFRM_POLICY_IN, XFRM_POLICY_ALLOW),
		.tmpl = { .id = { .proto = IPPROTO_ESP },
				.family = AF_INET,
				.mode = XFRM_MODE_TRANSPORT,
				.aalgos = UINT32_MAX,
				.ealgos = UINT32_MAX,
				.calgos = UINT32_MAX },
	};

	return setsockopt(fd, IPPROTO_IP, IP_XFRM_POLICY, &x, sizeof(x)) < 0 ? -errno : 0;
}

static int
host_xfrm_errno(int nle)
{
	switch (-nle) {
	case NLE_SUCCESS:
		return 0;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PROTO_MISMATCH: /* the kernel has no XFRM */
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

static int
host_xfrm_block(struct xfrm_userpolicy_info *policy)
{
	struct nl_sock *sk = nl_socket_alloc();
	int ret = -NLE_NOMEM;

	policy->sel.proto = IPPROTO_UDP;
	policy->priority = UINT32_MAX; /* the least: policies of the IKE daemon come first */
	if (sk != NULL)
		ret = nl_connect(sk, NETLINK_XFRM);
	/* It replaces the one of a cgnd that has run before. */
	if (ret == 0)
		ret = nl_send_simple(sk, XFRM_MSG_UPDPOLICY, NLM_F_ACK, policy, sizeof(*policy));
	if (ret >= 0)
		ret = nl_wait_for_ack(sk);
	nl_socket_free(sk);
	return host_xfrm_errno(ret);
}

int
cgn_host_xfrm_block_in(rte_be32_t local, uint16_t udp_port)
{
	struct xfrm_userpolicy_info policy = host_xfrm_policy(XFRM_POLICY_IN, XFRM_POLICY_BLOCK);

	policy.sel.daddr.a4 = local;
	policy.sel.prefixlen_d = 32;
	policy.sel.dport = rte_cpu_to_be_16(udp_port);
	policy.sel.dport_mask = UINT16_MAX;
	return host_xfrm_block(&policy);
}

int
cgn_host_xfrm_block_out(rte_be32_t local, uint16_t udp_port)
{
	struct xfrm_userpolicy_info policy = host_xfrm_policy(XFRM_POLICY_OUT, XFRM_POLICY_BLOCK);

	policy.sel.saddr.a4 = local;
	policy.sel.prefixlen_s = 32;
	policy.sel.sport = rte_cpu_to_be_16(udp_port);
	policy.sel.sport_mask = UINT16_MAX;
	return host_xfrm_block(&policy);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DPDK_COMPAT_H
#define CGN_DPDK_COMPAT_H

/**
 * @file
 * Defines names of newer DPDK releases for DPDK 22.11.
 *
 * The code uses the newer names. For a release that has these names, nothing is defined here.
 */

#include <rte_bitops.h> /* rte_align32pow2(); it is in rte_common.h of 22.11 */
#include <rte_common.h>
#include <rte_icmp.h>
#include <rte_version.h>

#ifndef RTE_ICMP_TYPE_ECHO_REPLY
#define RTE_ICMP_TYPE_ECHO_REPLY   RTE_IP_ICMP_ECHO_REPLY
#define RTE_ICMP_TYPE_ECHO_REQUEST RTE_IP_ICMP_ECHO_REQUEST
#endif

#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint rte_tel_data_add_dict_u64
#endif

#endif /* CGN_DPDK_COMPAT_H */

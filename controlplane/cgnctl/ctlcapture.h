/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLCAPTURE_H
#define CGN_CTLCAPTURE_H

/**
 * @file
 * cgnctl capture: writes the packets of ports to a file for Wireshark.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Carry out capture. A capture that is interrupted leaves a whole file. @return as a cgn_ctlcommand_fn */
int cgn_ctlcapture(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLCAPTURE_H */

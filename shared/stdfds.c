/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Opens the standard descriptors where they are closed.
 */
#include "shared/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
cgn_stdfds_open(void)
{
	int fd;

	/* open() returns the lowest free number. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

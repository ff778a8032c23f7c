/* SPDX-License-Identifier: BSD-3-Clause */
/* The file with the state of cgnd. The header of the input is replaced by a good one in half of the inputs, because no
 * input guesses the boot of the machine; the checksums of chunks are made right in the same way. */
#include "controlplane/restart/restart_file.h"
#include "shared/crc.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Write a good header, and the input as chunks with good checksums. */
static void
write_good(int fd, const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/cgn-fuzz-XXXXXX", why[CGN_RESTART_FILE_WHY_MAX], path[64];
	uint8_t header[CGN_RESTART_FILE_HEADER_LEN];
	struct cgn_restart_file f;
	FILE *in;

	if (mkdtemp(dir) == NULL || cgn_restart_file_create(&f, dir, "fuzz", why) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/" CGN_RESTART_FILE_NEW, dir);
	in = fopen(path, "r");
	if (in == NULL || fread(header, sizeof(header), 1, in) != 1)
		abort();
	fclose(in);
	cgn_restart_file_close(&f);
	rmdir(dir);
	(void)!write(fd, header, sizeof(header));
	while (size >= CGN_RESTART_FILE_CHUNK_LEN) {
		uint32_t c[4];
		size_t len;

		memcpy(c, data, sizeof(c));
		data += sizeof(c);
		size -= sizeof(c);
		len = c[1] < size ? c[1] : size;
		c[3] = cgn_crc(data, len, cgn_crc(c, 12, 0));
		(void)!write(fd, c, sizeof(c));
		(void)!write(fd, data, len);
		data += len;
		size -= len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t chunk[CGN_RESTART_FILE_CHUNK_MAX];
	char why[CGN_RESTART_FILE_WHY_MAX] = "";
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct cgn_restart_file f;
	uint32_t kind;
	size_t len;
	int ret;

	if (fd < 0)
		abort();
	if (size > 0 && data[0] == 'G')
		write_good(fd, data + 1, size - 1);
	else
		(void)!write(fd, data, size);
	lseek(fd, 0, SEEK_SET);
	if (cgn_restart_file_open_fd(&f, fd, 60, NULL, NULL, why) < 0) {
		if (why[0] == '\0')
			abort();
		return 0;
	}
	/* A file that was checked is good to its end. */
	do {
		ret = cgn_restart_file_next(&f, &kind, chunk, &len);
		if (ret > 0 && (kind == 0 || len > sizeof(chunk)))
			abort();
	} while (ret > 0);
	if (ret < 0)
		abort();
	cgn_restart_file_close(&f);
	return 0;
}

/*
 * embed.c - turn files into a C table, at build time
 *
 * Usage: embed NAME FILE... > NAME.c
 * Writes  const struct embedded NAME[], ended by a row whose name is NULL;
 * src/base/embedded.h has the struct.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static size_t
write_bytes(const char *path, int index)
{
	FILE *file = fopen(path, "rb");
	size_t length = 0;
	int byte;

	if (!file) {
		perror(path);
		exit(1);
	}
	printf("static const unsigned char bytes_%d[] = {", index);
	while ((byte = fgetc(file)) != EOF)
		printf("%s%d,", length++ % 20 ? "" : "\n\t", byte);
	printf("%s0};\n", length ? "" : "\n\t");
	fclose(file);
	return length;
}

int
main(int argc, char **argv)
{
	size_t *lengths;

	if (argc < 2)
		return 2;
	lengths = calloc((size_t)argc, sizeof *lengths);
	if (!lengths)
		return 1;
	printf("#include \"base/embedded.h\"\n\n");
	for (int i = 2; i < argc; i++)
		lengths[i] = write_bytes(argv[i], i);
	printf("\nconst struct embedded %s[] = {\n", argv[1]);
	for (int i = 2; i < argc; i++)
		printf("\t{\"%s\", (const char *)bytes_%d, %zu},\n",
		    file_name(argv[i]), i, lengths[i]);
	printf("\t{0, 0, 0},\n};\n");
	free(lengths);
	return fflush(stdout) != 0;
}

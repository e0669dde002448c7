/* What libext2fs says of an ext2, ext3 or ext4 image, for the tests of udfc/templates/ext.udf.
 *
 *     b INODE BLOCK KIND      the inode owns the block: d data, i indirect or of an extent tree, a attributes
 *     n DIRECTORY INODE NAME  the directory gives the name, in hexadecimal, to the inode
 *     e INODE MESSAGE         the library gave up on an inode
 *
 * Inodes are taken as the library scans them; deleted ones are left out, orphans (whose time of deletion is the number
 * of the next orphan) are not.
 */
#include <ext2fs/ext2fs.h>
#include <stdio.h>
#include <string.h>

static int print_block(ext2_filsys fs, blk64_t *block, e2_blkcnt_t number, blk64_t ref, int offset, void *inode)
{
	(void)fs, (void)ref, (void)offset;
	printf("b %u %llu %c\n", *(ext2_ino_t *)inode, (unsigned long long)*block, number < 0 ? 'i' : 'd');
	return 0;
}

static int print_name(ext2_ino_t directory, int entry, struct ext2_dir_entry *found, int offset, int size, char *block,
		      void *unused)
{
	int length = ext2fs_dirent_name_len(found);

	(void)offset, (void)size, (void)block, (void)unused;
	(void)entry; /* says of an inline directory's `..` that it is a name like others */
	if (!found->inode || (length < 3 && !strncmp(found->name, "..", length)))
		return 0;
	printf("n %u %u ", directory, found->inode);
	for (int i = 0; i < length; i++)
		printf("%02x", (unsigned char)found->name[i]);
	puts("");
	return 0;
}

static void print_inode(ext2_filsys fs, ext2_ino_t number, struct ext2_inode *inode)
{
	int orphan = inode->i_mode && inode->i_dtime < 700000000;
	errcode_t error;

	if (!inode->i_links_count && !orphan && number != EXT2_BAD_INO)
		return;
	if (number != EXT2_BAD_INO && ext2fs_file_acl_block(fs, inode))
		printf("b %u %llu a\n", number, (unsigned long long)ext2fs_file_acl_block(fs, inode));
	if (number == EXT2_BAD_INO || ext2fs_inode_has_valid_blocks2(fs, inode)) {
		error = ext2fs_block_iterate3(fs, number, BLOCK_FLAG_READ_ONLY, NULL, print_block, &number);
		if (error)
			printf("e %u %s\n", number, error_message(error));
	}
	if (LINUX_S_ISDIR(inode->i_mode) && number != EXT2_BAD_INO)
		ext2fs_dir_iterate2(fs, number, 0, NULL, print_name, NULL);
}

int main(int count, char **arguments)
{
	int flags = EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS;
	ext2_filsys fs;
	ext2_inode_scan scan;
	ext2_ino_t number;
	struct ext2_inode inode;

	if (count != 2 || ext2fs_open(arguments[1], flags, 0, 0, unix_io_manager, &fs))
		return 1;
	fs->flags |= EXT2_FLAG_IGNORE_CSUM_ERRORS;
	if (ext2fs_open_inode_scan(fs, 0, &scan))
		return 1;
	while (!ext2fs_get_next_inode(scan, &number, &inode) && number)
		print_inode(fs, number, &inode);
	ext2fs_close_inode_scan(scan);
	return 0;
}

"""What an index must survive: kills, a full disk, damage, a second process, a stale lock, swaps under readers, a jumping clock."""

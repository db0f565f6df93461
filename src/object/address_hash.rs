//! Hashing of addresses and other numbers that nobody outside can choose.

use std::hash::{BuildHasherDefault, Hasher};

/// For hash tables whose keys are addresses.
pub type AddressHash = BuildHasherDefault<AddressHasher>;

/// See [`AddressHash`].
#[derive(Default)]
pub struct AddressHasher(u64);

impl Hasher for AddressHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u64(self.0 << 8 | b as u64);
        }
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        // Both halves of the product, so that all bits of the address reach all bits of the hash.
        let product = (n ^ self.0) as u128 * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}

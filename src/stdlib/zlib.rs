//! `zlib`: compression and checksums.

use super::ModuleInit;
use crate::builtins::exceptions as exc;
use crate::builtins::{bytes, dict, int, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use parking_lot::Mutex;

static ERROR: Slot = Slot::empty();

const MAX_WBITS: i64 = 15;
const Z_FINISH: i64 = 4;
const CHUNK: usize = 16384;

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "zlib");
    m.doc("Compression and decompression in the zlib, gzip and raw deflate formats, and the checksums that belong to them.");
    let ns = dict::new(py);
    ns.cast::<dict::DictObj>()
        .set_str(py, "__module__", py.str("zlib"));
    let bases = tuple::new(py, vec![exc::EXCEPTION.obj()]);
    let error = ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str("error"),
        &bases,
        &ns,
    )?;
    ERROR.set(error.clone());
    m.add("error", error);
    for (name, n) in [
        ("MAX_WBITS", MAX_WBITS),
        ("DEFLATED", 8),
        ("DEF_MEM_LEVEL", 8),
        ("DEF_BUF_SIZE", CHUNK as i64),
        ("Z_BEST_COMPRESSION", 9),
        ("Z_BEST_SPEED", 1),
        ("Z_DEFAULT_COMPRESSION", -1),
        ("Z_NO_COMPRESSION", 0),
        ("Z_DEFAULT_STRATEGY", 0),
        ("Z_FILTERED", 1),
        ("Z_HUFFMAN_ONLY", 2),
        ("Z_RLE", 3),
        ("Z_FIXED", 4),
        ("Z_NO_FLUSH", 0),
        ("Z_PARTIAL_FLUSH", 1),
        ("Z_SYNC_FLUSH", 2),
        ("Z_FULL_FLUSH", 3),
        ("Z_FINISH", Z_FINISH),
        ("Z_BLOCK", 5),
        ("Z_TREES", 6),
    ] {
        m.int(name, n);
    }
    m.str("ZLIB_VERSION", "1.3.1");
    m.str("ZLIB_RUNTIME_VERSION", "1.3.1");
    m.str("__version__", "1.0");
    m.add("_ZlibDecompressor", ZLIB_DECOMPRESSOR.obj());
    m.function(
        "crc32",
        "($module, data, value=0, /)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[0], false)?.to_vec();
            let start = word(py, &a[1], 0)?;
            let mut h = crc32fast::Hasher::new_with_initial(start);
            h.update(&data);
            Ok(int::from_u64(py, u64::from(h.finalize())))
        }),
    );
    m.function(
        "adler32",
        "($module, data, value=1, /)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[0], false)?.to_vec();
            Ok(int::from_u64(
                py,
                u64::from(adler32(word(py, &a[1], 1)?, &data)),
            ))
        }),
    );
    m.function(
        "compress",
        "($module, data, /, level=-1, wbits=15)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[0], false)?.to_vec();
            let mut c = compressor(py, number(py, &a[1], -1)?, number(py, &a[2], MAX_WBITS)?)?;
            let mut out = Vec::new();
            run_compress(py, &mut c, &data, FlushCompress::Finish, &mut out)?;
            Ok(bytes::new(py, &out))
        }),
    );
    m.function(
        "decompress",
        "($module, data, /, wbits=15, bufsize=16384)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[0], false)?.to_vec();
            if number(py, &a[2], CHUNK as i64)? < 0 {
                return Err(py.value_error("bufsize must be non-negative"));
            }
            let mut d = Inflate::new(py, number(py, &a[1], MAX_WBITS)?, None)?;
            let mut out = Vec::new();
            d.run(py, &data, usize::MAX, &mut out)?;
            if !d.eof {
                return Err(error_with(
                    py,
                    "Error -5 while decompressing data: incomplete or truncated stream",
                ));
            }
            Ok(bytes::new(py, &out))
        }),
    );
    m.function(
        "compressobj",
        "($module, /, level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)",
        Bound(compressobj),
    );
    m.function(
        "decompressobj",
        "($module, /, wbits=15, zdict=b'')",
        Bound(|py, a| {
            let d = Inflate::new(py, number(py, &a[0], MAX_WBITS)?, dictionary(py, &a[1])?)?;
            let empty = || Slot::new(bytes::new(py, &[]));
            Ok(py.alloc(
                &DECOMPRESS,
                DecompressObj {
                    state: Mutex::new(d),
                    unused_data: empty(),
                    unconsumed_tail: empty(),
                },
            ))
        }),
    );
    m.finish()
}

fn number(py: &Py, v: &Val, default: i64) -> PyResult<i64> {
    v.given().map_or(Ok(default), |v| ops::to_i64(py, v))
}

/// The low 32 bits of an int.
fn word(py: &Py, v: &Val, default: u32) -> PyResult<u32> {
    let Some(v) = v.given() else {
        return Ok(default);
    };
    let n = ops::index(py, v)?;
    let Some(n) = int::view(&n) else {
        return Ok(default);
    };
    let low = n.cow().iter_u32_digits().next().unwrap_or(0);
    Ok(if n.is_negative() {
        low.wrapping_neg()
    } else {
        low
    })
}

#[cold]
fn error_with(py: &Py, message: &str) -> Raised {
    match ops::call1(py, &ERROR.obj(), &py.str(message)) {
        Ok(e) => Raised(e),
        Err(e) => e,
    }
}

fn adler32(start: u32, data: &[u8]) -> u32 {
    const MOD: u32 = 65521;
    let (mut a, mut b) = (start & 0xffff, start >> 16);
    // The largest number of bytes for which the sums do not overflow.
    for chunk in data.chunks(5552) {
        for &x in chunk {
            a += u32::from(x);
            b += a;
        }
        a %= MOD;
        b %= MOD;
    }
    b << 16 | a
}

fn dictionary(py: &Py, v: &Val) -> PyResult<Option<Vec<u8>>> {
    match v.not_none() {
        None => Ok(None),
        Some(v) if crate::object::buffer::supports(v) => {
            let d = crate::object::buffer::get(py, v, false)?.to_vec();
            Ok(if d.is_empty() { None } else { Some(d) })
        }
        Some(_) => Err(py.type_error("zdict argument must support the buffer protocol")),
    }
}

fn compressor(py: &Py, level: i64, wbits: i64) -> PyResult<Compress> {
    let level = match level {
        -1 => Compression::default(),
        0..=9 => Compression::new(level as u32),
        _ => return Err(error_with(py, "Bad compression level")),
    };
    Ok(match wbits {
        9..=15 => Compress::new_with_window_bits(level, true, wbits as u8),
        -15..=-9 => Compress::new_with_window_bits(level, false, -wbits as u8),
        25..=31 => Compress::new_gzip(level, (wbits - 16) as u8),
        _ => return Err(py.value_error("Invalid initialization option")),
    })
}

fn run_compress(
    py: &Py,
    c: &mut Compress,
    mut data: &[u8],
    flush: FlushCompress,
    out: &mut Vec<u8>,
) -> PyResult<()> {
    loop {
        if out.len() == out.capacity() && out.try_reserve(CHUNK.max(out.len())).is_err() {
            return Err(py.memory_error());
        }
        let before = c.total_in();
        let status = c.compress_vec(data, out, flush).map_err(|_| {
            error_with(
                py,
                "Error -2 while compressing data: inconsistent stream state",
            )
        })?;
        data = &data[(c.total_in() - before) as usize..];
        let room = out.len() < out.capacity();
        match status {
            Status::StreamEnd => return Ok(()),
            _ if data.is_empty() && room && !matches!(flush, FlushCompress::Finish) => {
                return Ok(());
            }
            Status::BufError if room && data.is_empty() => return Ok(()),
            _ => {}
        }
    }
}

/// A decompressor that may still have to find out the format.
struct Inflate {
    inner: Option<Decompress>,
    /// Input seen before the format was clear.
    start: Vec<u8>,
    zdict: Option<Vec<u8>>,
    eof: bool,
}

impl Inflate {
    fn new(py: &Py, wbits: i64, zdict: Option<Vec<u8>>) -> PyResult<Inflate> {
        let mut d = Inflate {
            inner: None,
            start: Vec::new(),
            zdict,
            eof: false,
        };
        match wbits {
            0 | 8..=15 => {
                d.inner = Some(Decompress::new_with_window_bits(
                    true,
                    if wbits == 0 { 15 } else { wbits.max(9) as u8 },
                ))
            }
            -15..=-8 => {
                let mut raw = Decompress::new_with_window_bits(false, (-wbits).max(9) as u8);
                if let Some(z) = d.zdict.take() {
                    raw.set_dictionary(&z)
                        .map_err(|_| error_with(py, "Error while setting zdict"))?;
                }
                d.inner = Some(raw);
            }
            24..=31 => d.inner = Some(Decompress::new_gzip((wbits - 16).max(9) as u8)),
            32 | 40..=47 => {}
            _ => return Err(py.value_error("Invalid initialization option")),
        }
        Ok(d)
    }

    /// Decompresses until the input, the stream or `limit` ends; returns how many bytes of `data` were used.
    fn run(&mut self, py: &Py, data: &[u8], limit: usize, out: &mut Vec<u8>) -> PyResult<usize> {
        let mut joined = Vec::new();
        let held = self.start.len();
        let input: &[u8] = if self.inner.is_some() {
            data
        } else {
            joined.append(&mut self.start);
            joined.extend_from_slice(data);
            match joined.as_slice() {
                [] | [0x1f] => {
                    self.start = joined;
                    return Ok(data.len());
                }
                [0x1f, 0x8b, ..] => self.inner = Some(Decompress::new_gzip(15)),
                _ => self.inner = Some(Decompress::new_with_window_bits(true, 15)),
            }
            &joined
        };
        let used = self.inflate(py, input, limit, out)?;
        Ok(used.saturating_sub(held))
    }

    fn inflate(
        &mut self,
        py: &Py,
        input: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> PyResult<usize> {
        let Some(d) = self.inner.as_mut() else {
            return Ok(0);
        };
        let mut used = 0;
        let mut chunk = vec![0; CHUNK];
        while !self.eof && out.len() < limit {
            let room = (limit - out.len()).min(CHUNK);
            let (before_in, before_out) = (d.total_in(), d.total_out());
            let result = d.decompress(&input[used..], &mut chunk[..room], FlushDecompress::None);
            used += (d.total_in() - before_in) as usize;
            let made = (d.total_out() - before_out) as usize;
            if out.try_reserve(made).is_err() {
                return Err(py.memory_error());
            }
            out.extend_from_slice(&chunk[..made]);
            match result {
                Ok(Status::StreamEnd) => self.eof = true,
                Ok(_) if made < room && used == input.len() => break,
                Ok(Status::BufError) if made == 0 => break,
                Ok(_) => {}
                Err(e) if e.needs_dictionary().is_some() => {
                    let Some(z) = &self.zdict else {
                        return Err(error_with(py, "Error 2 while decompressing data"));
                    };
                    d.set_dictionary(z)
                        .map_err(|_| error_with(py, "Error while setting zdict"))?;
                }
                Err(e) => {
                    let text = e.message().map_or(String::new(), |m| format!(": {m}"));
                    return Err(error_with(
                        py,
                        &format!("Error -3 while decompressing data{text}"),
                    ));
                }
            }
            if chunk.len() < CHUNK {
                chunk.resize(CHUNK, 0);
            }
        }
        Ok(used)
    }
}

/// Payload of `Compress`.
struct CompressObj {
    /// None when the stream is finished.
    state: Mutex<Option<Compress>>,
}

impl Trace for CompressObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    COMPRESS: CompressObj = "zlib.Compress", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_compress
);

fn compressobj(py: &Py, a: &[Val]) -> PyResult<Obj> {
    if number(py, &a[1], 8)? != 8 {
        return Err(py.value_error("Invalid initialization option"));
    }
    if !(1..=9).contains(&number(py, &a[3], 8)?) || !(0..=4).contains(&number(py, &a[4], 0)?) {
        return Err(py.value_error("Invalid initialization option"));
    }
    let level = number(py, &a[0], -1)?;
    if !(-1..=9).contains(&level) {
        return Err(py.value_error("Invalid initialization option"));
    }
    let mut c = compressor(py, level, number(py, &a[2], MAX_WBITS)?)?;
    if let Some(z) = dictionary(py, &a[5])? {
        c.set_dictionary(&z)
            .map_err(|_| py.value_error("Invalid dictionary"))?;
    }
    Ok(py.alloc(
        &COMPRESS,
        CompressObj {
            state: Mutex::new(Some(c)),
        },
    ))
}

fn init_compress(t: &mut TypeInit) {
    t.method(
        "compress",
        "($self, data, /)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[1], false)?.to_vec();
            let mut out = Vec::new();
            let mut s = a[0].cast::<CompressObj>().state.lock();
            let Some(c) = s.as_mut() else {
                return Err(error_with(
                    py,
                    "Error -2 while compressing data: inconsistent stream state",
                ));
            };
            run_compress(py, c, &data, FlushCompress::None, &mut out)?;
            Ok(bytes::new(py, &out))
        }),
    );
    t.method(
        "flush",
        "($self, mode=4, /)",
        Bound(|py, a| {
            let mode = number(py, &a[1], Z_FINISH)?;
            let flush = match mode {
                0 => return Ok(bytes::new(py, &[])),
                1 => FlushCompress::Partial,
                2 => FlushCompress::Sync,
                3 => FlushCompress::Full,
                Z_FINISH => FlushCompress::Finish,
                _ => {
                    return Err(error_with(
                        py,
                        "Error -2 while flushing: inconsistent stream state",
                    ));
                }
            };
            let mut out = Vec::new();
            let mut s = a[0].cast::<CompressObj>().state.lock();
            let Some(c) = s.as_mut() else {
                return Err(error_with(
                    py,
                    "Error -2 while flushing: inconsistent stream state",
                ));
            };
            run_compress(py, c, &[], flush, &mut out)?;
            if mode == Z_FINISH {
                *s = None;
            }
            Ok(bytes::new(py, &out))
        }),
    );
}

/// Payload of `Decompress`.
struct DecompressObj {
    state: Mutex<Inflate>,
    unused_data: Slot,
    unconsumed_tail: Slot,
}

impl Trace for DecompressObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.unused_data);
        t.slot(&self.unconsumed_tail);
    }
}

crate::native_type!(
    DECOMPRESS: DecompressObj = "zlib.Decompress", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_decompress
);

impl DecompressObj {
    fn feed(&self, py: &Py, data: &[u8], limit: usize) -> PyResult<Vec<u8>> {
        let mut s = self.state.lock();
        let mut out = Vec::new();
        if s.eof {
            drop(s);
            self.add_unused(py, data);
            return Ok(out);
        }
        let used = s.run(py, data, limit, &mut out)?;
        let eof = s.eof;
        drop(s);
        if eof {
            self.add_unused(py, &data[used..]);
            self.unconsumed_tail.set(bytes::new(py, &[]));
        } else {
            self.unconsumed_tail.set(bytes::new(py, &data[used..]));
        }
        Ok(out)
    }
    fn add_unused(&self, py: &Py, data: &[u8]) {
        let mut all = bytes::view(&self.unused_data.obj())
            .map(<[u8]>::to_vec)
            .unwrap_or_default();
        all.extend_from_slice(data);
        self.unused_data.set(bytes::new(py, &all));
    }
}

fn init_decompress(t: &mut TypeInit) {
    t.method(
        "decompress",
        "($self, data, /, max_length=0)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[1], false)?.to_vec();
            let limit = match number(py, &a[2], 0)? {
                0 => usize::MAX,
                n if n > 0 => n as usize,
                _ => return Err(py.value_error("max_length must be non-negative")),
            };
            Ok(bytes::new(
                py,
                &a[0].cast::<DecompressObj>().feed(py, &data, limit)?,
            ))
        }),
    );
    t.method(
        "flush",
        "($self, length=16384, /)",
        Bound(|py, a| {
            if number(py, &a[1], CHUNK as i64)? <= 0 {
                return Err(py.value_error("length must be greater than zero"));
            }
            let d = a[0].cast::<DecompressObj>();
            let tail = bytes::view(&d.unconsumed_tail.obj())
                .map(<[u8]>::to_vec)
                .unwrap_or_default();
            Ok(bytes::new(py, &d.feed(py, &tail, usize::MAX)?))
        }),
    );
    t.getset(
        "unused_data",
        |_, v| Ok(v.cast::<DecompressObj>().unused_data.obj()),
        None,
    );
    t.getset(
        "unconsumed_tail",
        |_, v| Ok(v.cast::<DecompressObj>().unconsumed_tail.obj()),
        None,
    );
    t.getset(
        "eof",
        |py, v| Ok(py.bool(v.cast::<DecompressObj>().state.lock().eof)),
        None,
    );
}

/// Payload of `_ZlibDecompressor`, the decompressor with the interface of those of bz2 and lzma.
struct ZlibDecompressorObj {
    state: Mutex<Buffered>,
}

struct Buffered {
    inflate: Inflate,
    /// Input that has not been used yet.
    pending: Vec<u8>,
    unused: Vec<u8>,
    needs_input: bool,
}

impl Trace for ZlibDecompressorObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    ZLIB_DECOMPRESSOR: ZlibDecompressorObj = "zlib._ZlibDecompressor", base crate::object::base::OBJECT, flags 0,
    init init_zlib_decompressor
);

static NEW_DECOMPRESSOR: FnDef = FnDef::new(
    "_ZlibDecompressor",
    "(wbits=15, zdict=b'')",
    Bound(|py, _| Ok(py.none())),
);

fn init_zlib_decompressor(t: &mut TypeInit) {
    t.slots().new.set(|py, ty, args| {
        let bound = NEW_DECOMPRESSOR.bind(py, args)?;
        let a = Val::from_words(&bound);
        let inflate = Inflate::new(py, number(py, &a[0], MAX_WBITS)?, dictionary(py, &a[1])?)?;
        let state = Buffered {
            inflate,
            pending: Vec::new(),
            unused: Vec::new(),
            needs_input: true,
        };
        Ok(py.alloc_in(
            ty,
            ZlibDecompressorObj {
                state: Mutex::new(state),
            },
        ))
    });
    t.method(
        "decompress",
        "($self, /, data, max_length=-1)",
        Bound(|py, a| {
            let data = crate::object::buffer::get(py, &a[1], false)?.to_vec();
            let limit = usize::try_from(number(py, &a[2], -1)?).unwrap_or(usize::MAX);
            let mut s = a[0].cast::<ZlibDecompressorObj>().state.lock();
            if s.inflate.eof {
                return Err(py.error(&exc::EOF_ERROR, "End of stream already reached"));
            }
            let mut input = std::mem::take(&mut s.pending);
            input.extend_from_slice(&data);
            let mut out = Vec::new();
            let used = s.inflate.run(py, &input, limit, &mut out)?;
            input.drain(..used);
            if s.inflate.eof {
                s.unused = input;
                s.needs_input = false;
            } else {
                // A full result may have left output inside the decompressor.
                s.needs_input = input.is_empty() && out.len() < limit;
                s.pending = input;
            }
            Ok(bytes::new(py, &out))
        }),
    );
    t.getset(
        "eof",
        |py, v| Ok(py.bool(v.cast::<ZlibDecompressorObj>().state.lock().inflate.eof)),
        None,
    );
    t.getset(
        "needs_input",
        |py, v| Ok(py.bool(v.cast::<ZlibDecompressorObj>().state.lock().needs_input)),
        None,
    );
    t.getset(
        "unused_data",
        |py, v| {
            let data = v.cast::<ZlibDecompressorObj>().state.lock().unused.clone();
            Ok(bytes::new(py, &data))
        },
        None,
    );
}

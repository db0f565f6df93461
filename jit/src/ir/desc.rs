//! What the runtime tells about its memory and its functions: data, so that this crate knows no layout.

use super::effects::AliasSet;
use super::types::Type;

/// Index into the table of fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FieldId(pub u32);

/// Index into the table of helpers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HelperId(pub u32);

/// Fields of one alias class may be the same memory; fields of different classes never are. At most 64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AliasClass(pub u8);

impl AliasClass {
    /// The shape word of objects: read by `guard_shape`.
    pub const SHAPE: AliasClass = AliasClass(0);
}

/// When a field may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutability {
    /// Never after the object is visible: loads may be forwarded across anything.
    Const,
    /// Only together with the version that a guard tests (a shape, an assumption).
    Versioned,
    /// At any time by any thread: forwarded up to the next poll or call in multi-threaded mode.
    Racy,
}

impl Mutability {
    /// All, with their names in the text form.
    pub const ALL: [(Mutability, &'static str); 3] = [
        (Mutability::Const, "const"),
        (Mutability::Versioned, "versioned"),
        (Mutability::Racy, "racy"),
    ];
}

/// A field of a structure, or the elements of an array.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldDesc {
    /// Name in dumps: `list.len`.
    pub name: String,
    /// Type of the value in the IR.
    pub ty: Type,
    /// Bytes from the address (of the object, of the array).
    pub offset: i32,
    /// Bytes of the field: 1, 2, 4, 8. Narrower integers are zero-extended. Distance of elements in an array.
    pub width: u8,
    /// What it may overlap with.
    pub alias: AliasClass,
    /// When it may change.
    pub mutability: Mutability,
}

/// A function of the runtime that traces call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelperDesc {
    /// Name in dumps.
    pub name: String,
    /// Address of an `extern "C"` function; 0 in tests.
    pub address: usize,
    /// Types of the parameters.
    pub params: Vec<Type>,
    /// Type of the result.
    pub result: Type,
    /// What it does to the world.
    pub effects: HelperEffects,
}

/// Effects of a helper.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HelperEffects {
    /// Memory that it may read.
    pub reads: AliasSet,
    /// Memory that it may write.
    pub writes: AliasSet,
    /// The result depends on the parameters only and nothing else happens.
    pub pure_function: bool,
    /// May set an exception; the trace tests the result.
    pub raises: bool,
    /// May run Python code. Implies `safepoint`.
    pub runs_python: bool,
    /// Allocates.
    pub allocates: bool,
    /// The thread may acknowledge, stop or detach inside: live pointers must be in the stack map.
    pub safepoint: bool,
}

impl HelperEffects {
    /// True if the call needs a snapshot.
    pub fn needs_snapshot(&self) -> bool {
        self.safepoint || self.runs_python || self.raises
    }
}

/// The tables that the runtime gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Env {
    /// Fields by [`FieldId`].
    pub fields: Vec<FieldDesc>,
    /// Helpers by [`HelperId`].
    pub helpers: Vec<HelperDesc>,
    /// Names of the alias classes; the first one is `shape`.
    pub aliases: Vec<String>,
}

impl Env {
    /// Tables with nothing in them but the alias class of shapes.
    pub fn new() -> Env {
        Env {
            aliases: vec!["shape".to_owned()],
            ..Env::default()
        }
    }

    /// The field with this name.
    pub fn field_named(&self, name: &str) -> Option<FieldId> {
        self.fields
            .iter()
            .position(|field| field.name == name)
            .and_then(|i| u32::try_from(i).ok())
            .map(FieldId)
    }

    /// The helper with this name.
    pub fn helper_named(&self, name: &str) -> Option<HelperId> {
        self.helpers
            .iter()
            .position(|helper| helper.name == name)
            .and_then(|i| u32::try_from(i).ok())
            .map(HelperId)
    }

    /// The field of an immediate.
    pub fn field(&self, imm: u64) -> Option<&FieldDesc> {
        usize::try_from(imm).ok().and_then(|i| self.fields.get(i))
    }

    /// The helper of an immediate.
    pub fn helper(&self, imm: u64) -> Option<&HelperDesc> {
        usize::try_from(imm).ok().and_then(|i| self.helpers.get(i))
    }

    /// The alias class with this name, made if it is new; `None` when there are 64 already.
    pub fn alias(&mut self, name: &str) -> Option<AliasClass> {
        let index = match self.aliases.iter().position(|alias| alias == name) {
            Some(index) => index,
            None => {
                self.aliases.push(name.to_owned());
                self.aliases.len() - 1
            }
        };
        u8::try_from(index)
            .ok()
            .filter(|&index| index < 64)
            .map(AliasClass)
    }
}

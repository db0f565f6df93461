//! Symbol tables: which scope every name of a program belongs to.
//!
//! `build` walks the syntax tree once and notes bindings and uses; `resolve` then decides local, cell, free
//! or global for every name. The scope that a node opens is found through the node's `node_index`.
//!
//! **Invariant:** a scope's parent has a smaller id than the scope.
//! **Invariant:** list, set and dict comprehensions are inlined (PEP 709): they are scopes of their own here,
//! but share the code object of the scope around them, unless that scope can see a class namespace.

mod build;
mod build_expr;
mod forbidden;
pub mod mangle;
mod resolve;

use super::error::Result;
use super::intern::{FastMap, Interner, Name, known};
use super::source::Source;
use ruff_python_ast::{AtomicNodeIndex, Mod, NodeIndex};
use ruff_text_size::TextRange;

/// Index of a scope in [`SymbolTable::scopes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The module's scope.
    pub const MODULE: ScopeId = ScopeId(0);

    /// Notes on a syntax node which scope it opens.
    pub fn attach(self, node: &AtomicNodeIndex) {
        node.set(NodeIndex::from(self.0));
    }

    /// The scope that [`ScopeId::attach`] noted.
    pub fn of(node: &AtomicNodeIndex) -> Option<ScopeId> {
        node.load().as_u32().map(ScopeId)
    }
}

/// What kind of comprehension a comprehension scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompKind {
    /// `[x for ...]`
    List,
    /// `{x for ...}`
    Set,
    /// `{k: v for ...}`
    Dict,
    /// `(x for ...)`
    Generator,
}

/// What construct a scope belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// Module, or the code of `exec` and `eval`.
    Module,
    /// Class body.
    Class,
    /// `def`
    Function,
    /// `lambda`
    Lambda,
    /// Comprehension or generator expression.
    Comprehension(CompKind),
    /// `__annotate__` of a module, class or function (PEP 649).
    Annotation,
    /// The scope around a generic function, class or alias that holds its type parameters (PEP 695).
    TypeParams,
    /// The lazily evaluated value of a `type` statement.
    TypeAlias,
    /// The lazily evaluated bound or constraints of a type variable.
    TypeVarBound,
    /// The lazily evaluated default of a type parameter.
    TypeVarDefault(&'static str),
}

/// How a name was mentioned in a scope; a set of the bits below.
pub type Mention = u16;
/// `global` statement.
pub const GLOBAL: Mention = 1;
/// Assignment, import, definition.
pub const LOCAL: Mention = 1 << 1;
/// Parameter.
pub const PARAM: Mention = 1 << 2;
/// `nonlocal` statement.
pub const NONLOCAL: Mention = 1 << 3;
/// Read.
pub const USE: Mention = 1 << 4;
/// Annotated assignment.
pub const ANNOTATED: Mention = 1 << 5;
/// Iteration variable of a comprehension.
pub const COMP_ITER: Mention = 1 << 6;
/// Type parameter.
pub const TYPE_PARAM: Mention = 1 << 7;

/// `del`, or the name of an exception handler: may be unbound again.
pub const DELETED: Mention = 1 << 8;

/// Any mention that binds the name in its scope.
pub const BOUND: Mention = LOCAL | PARAM | TYPE_PARAM;

/// Where a name lives, seen from one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// Not decided yet.
    Unresolved,
    /// A variable of this scope (a slot; in modules and classes an entry of the namespace).
    Local,
    /// A variable of this scope that inner scopes share.
    Cell,
    /// A variable of an enclosing function.
    Free,
    /// Declared `global`.
    GlobalExplicit,
    /// Not bound in any enclosing function: a global or built-in.
    GlobalImplicit,
    /// Only in inlined comprehensions: as the scope around sees it.
    Outer,
}

/// A name in one scope.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// The (mangled) name.
    pub name: Name,
    /// How it was mentioned.
    pub mention: Mention,
    /// Where it lives.
    pub binding: Binding,
    /// Position of its `global` or `nonlocal` statement, for errors found later.
    directive: Option<TextRange>,
}

/// One scope.
#[derive(Debug)]
pub struct Scope {
    /// Construct.
    pub kind: ScopeKind,
    /// Name of the code object.
    pub name: Name,
    /// Scope around.
    pub parent: Option<ScopeId>,
    /// Scopes directly inside.
    pub children: Vec<ScopeId>,
    /// Symbols in the order of first mention.
    pub symbols: Vec<Symbol>,
    index: FastMap<Name, u32>,
    /// Parameters in slot order: positional, keyword-only, `*args`, `**kwargs`.
    pub params: Vec<Name>,
    /// Names captured from enclosing functions, in slot order.
    pub free: Vec<Name>,
    /// Contains `yield`.
    pub is_generator: bool,
    /// `async def`, or a comprehension with `async for` or `await`.
    pub is_coroutine: bool,
    /// Comprehension that shares the code object of its parent.
    pub inlined: bool,
    /// Enclosed by a function.
    pub nested: bool,
    /// Annotation or type-parameter scope directly in a class: its names are looked up in the class first.
    pub can_see_class: bool,
    /// Class whose methods use `__class__` or `super`.
    pub needs_class_cell: bool,
    /// Class whose inner scopes look names up in its namespace.
    pub needs_classdict: bool,
    /// Class or module that keeps the set of the annotations that were executed.
    pub conditional_annotations: bool,
    /// The scope of `__annotate__` of a module or class.
    pub annotations: Option<ScopeId>,
    /// Contains `:=`, so that evaluating an expression may rebind a local.
    pub has_walrus: bool,
    /// Function defined in a class.
    pub is_method: bool,
    /// Contains a bare `return` with a value (for async generators).
    pub returns_value: bool,
    /// Private name (class) whose prefix is mangled in here.
    pub private: Option<Name>,
    /// In the type-parameter scope of a class only these names are mangled.
    pub mangled_only: Option<Vec<Name>>,
    /// Nesting of comprehension iterables being walked.
    iterable_depth: u32,
    /// The walker is in the target of a comprehension's `for`.
    in_comp_target: bool,
}

impl Scope {
    fn new(kind: ScopeKind, name: Name, parent: Option<ScopeId>) -> Self {
        Scope {
            kind,
            name,
            parent,
            children: Vec::new(),
            symbols: Vec::new(),
            index: FastMap::default(),
            params: Vec::new(),
            free: Vec::new(),
            is_generator: false,
            is_coroutine: false,
            inlined: false,
            nested: false,
            can_see_class: false,
            needs_class_cell: false,
            needs_classdict: false,
            conditional_annotations: false,
            annotations: None,
            has_walrus: false,
            is_method: false,
            returns_value: false,
            private: None,
            mangled_only: None,
            iterable_depth: 0,
            in_comp_target: false,
        }
    }

    /// The symbol of `name`, if it is mentioned here.
    pub fn get(&self, name: Name) -> Option<&Symbol> {
        self.index.get(&name).map(|&at| &self.symbols[at as usize])
    }

    fn mention_of(&self, name: Name) -> Mention {
        self.get(name).map_or(0, |symbol| symbol.mention)
    }

    fn entry(&mut self, name: Name) -> &mut Symbol {
        let symbols = &mut self.symbols;
        let at = *self.index.entry(name).or_insert_with(|| {
            symbols.push(Symbol {
                name,
                mention: 0,
                binding: Binding::Unresolved,
                directive: None,
            });
            symbols.len() as u32 - 1
        });
        &mut self.symbols[at as usize]
    }

    /// True for every scope whose variables are slots of a frame.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, ScopeKind::Module | ScopeKind::Class)
    }

    /// True for generator expressions and comprehensions.
    pub fn is_comprehension(&self) -> bool {
        matches!(self.kind, ScopeKind::Comprehension(_))
    }
}

/// All scopes of a program.
pub struct SymbolTable {
    /// Scopes by id.
    pub scopes: Vec<Scope>,
    /// Scopes of type-parameter defaults, by the offset of the default expression.
    pub default_scopes: FastMap<u32, ScopeId>,
}

impl SymbolTable {
    /// The scope with this id.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }
}

/// Options of the walk.
pub struct SymtableOptions {
    /// `from __future__ import annotations` is in force.
    pub future_annotations: bool,
    /// `await` is allowed outside functions.
    pub top_level_await: bool,
    /// Depth of the syntax tree at which the walk gives up.
    pub max_depth: u32,
}

/// Builds and resolves the symbol table of a program.
pub fn symbol_table(
    module: &Mod,
    source: &Source,
    names: &mut Interner,
    options: &SymtableOptions,
) -> Result<SymbolTable> {
    let mut table = build::build(module, source, names, options)?;
    resolve::resolve(&mut table, source, names)?;
    Ok(table)
}

/// The names of the implicit cells of a class body.
pub(super) const CLASS_IMPLICIT: [Name; 3] = [
    known::CLASS_CELL,
    known::CLASSDICT,
    known::CONDITIONAL_ANNOTATIONS,
];

#[cfg(test)]
mod tests;

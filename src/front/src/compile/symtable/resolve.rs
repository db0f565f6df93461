//! Decides where every name lives: local, cell, free or global.
//!
//! A use is looked up outwards through the scopes that are functions; class bodies are passed over, except
//! for their implicit cells. The owner of a captured name gets a cell, and every code object between the use and
//! the owner a free variable.

use super::super::error::{Result, SyntaxError};
use super::super::intern::{Interner, Name, known};
use super::super::source::Source;
use super::{
    BOUND, Binding, CLASS_IMPLICIT, GLOBAL, NONLOCAL, PARAM, ScopeId, ScopeKind, SymbolTable,
    TYPE_PARAM, USE,
};

/// Resolves all symbols of `table`.
pub(super) fn resolve(table: &mut SymbolTable, source: &Source, names: &Interner) -> Result<()> {
    declare_globals(table);
    for index in 0..table.scopes.len() {
        let id = ScopeId(index as u32);
        let mut at = 0;
        while at < table.scope(id).symbols.len() {
            resolve_symbol(table, id, at, source, names)?;
            at += 1;
        }
    }
    finish_classes(table);
    for scope in &mut table.scopes {
        // The order of a closure is visible (`co_freevars`, `exec` with a closure).
        scope
            .free
            .sort_by(|a, b| names.text(*a).cmp(names.text(*b)));
    }
    Ok(())
}

/// A `global` anywhere also makes the module's own mentions of the name global ones: with `exec` they would otherwise go
/// to the other namespace.
fn declare_globals(table: &mut SymbolTable) {
    let declared: Vec<Name> = table
        .scopes
        .iter()
        .skip(1)
        .flat_map(|scope| &scope.symbols)
        .filter(|symbol| symbol.mention & GLOBAL != 0)
        .map(|symbol| symbol.name)
        .collect();
    let Some(module) = table.scopes.first_mut() else {
        return;
    };
    for name in declared {
        if module.mention_of(name) != 0 {
            module.entry(name).mention |= GLOBAL;
        }
    }
}

fn resolve_symbol(
    table: &mut SymbolTable,
    id: ScopeId,
    at: usize,
    source: &Source,
    names: &Interner,
) -> Result<()> {
    let scope = table.scope(id);
    let symbol = &scope.symbols[at];
    let (name, mention, directive) = (symbol.name, symbol.mention, symbol.directive);
    // An inner scope that was resolved earlier never exists: parents come first. But a capture may
    // already have made this symbol a cell.
    let binding = if mention & GLOBAL != 0 {
        if mention & NONLOCAL != 0 {
            return Err(SyntaxError::at_node(
                source,
                directive.unwrap_or_default(),
                format!("name '{}' is nonlocal and global", names.text(name)),
            )
            .into());
        }
        Binding::GlobalExplicit
    } else if mention & NONLOCAL != 0 {
        let range = directive.unwrap_or_default();
        match find_owner(table, id, name) {
            Some(owner) => {
                if table.scope(owner).mention_of(name) & TYPE_PARAM != 0 {
                    return Err(SyntaxError::at_node(
                        source,
                        range,
                        format!(
                            "nonlocal binding not allowed for type parameter '{}'",
                            names.text(name)
                        ),
                    )
                    .into());
                }
                capture(table, id, owner, name)
            }
            None => {
                return Err(SyntaxError::at_node(
                    source,
                    range,
                    format!("no binding for nonlocal '{}' found", names.text(name)),
                )
                .into());
            }
        }
    } else if mention & BOUND != 0 {
        match symbol.binding {
            Binding::Cell => Binding::Cell,
            _ => Binding::Local,
        }
    } else if mention & (USE | PARAM) != 0 {
        if CLASS_IMPLICIT.contains(&name) && table.scope(id).kind == ScopeKind::Class {
            // A class body reads its own implicit cells only through the namespace.
            match find_owner(table, id, name) {
                Some(owner) => capture(table, id, owner, name),
                None => Binding::GlobalImplicit,
            }
        } else {
            match find_owner(table, id, name) {
                Some(owner) => capture(table, id, owner, name),
                None => Binding::GlobalImplicit,
            }
        }
    } else {
        Binding::GlobalImplicit
    };
    table.scope_mut(id).symbols[at].binding = binding;
    Ok(())
}

/// The enclosing function (or class, for implicit cells) that binds `name`, seen from `from`.
fn find_owner(table: &SymbolTable, from: ScopeId, name: Name) -> Option<ScopeId> {
    let mut next = table.scope(from).parent;
    let implicit = CLASS_IMPLICIT.contains(&name);
    while let Some(id) = next {
        let scope = table.scope(id);
        match scope.kind {
            ScopeKind::Module => return None,
            ScopeKind::Class => {
                if implicit
                    && (name != known::CONDITIONAL_ANNOTATIONS || scope.conditional_annotations)
                {
                    return Some(id);
                }
            }
            _ => {
                let mention = scope.mention_of(name);
                if mention & GLOBAL != 0 {
                    return None;
                }
                if mention & BOUND != 0 && mention & NONLOCAL == 0 {
                    return Some(id);
                }
            }
        }
        next = scope.parent;
    }
    None
}

/// Makes `name` of `owner` reachable from `from`.
fn capture(table: &mut SymbolTable, from: ScopeId, owner: ScopeId, name: Name) -> Binding {
    let mut captured = false;
    let mut id = from;
    while id != owner {
        let scope = table.scope_mut(id);
        if !scope.inlined {
            captured = true;
            if !scope.free.contains(&name) {
                scope.free.push(name);
            }
        }
        match scope.parent {
            Some(parent) => id = parent,
            None => break,
        }
    }
    if captured {
        let scope = table.scope_mut(owner);
        if scope.kind == ScopeKind::Class {
            match name {
                known::CLASS_CELL => scope.needs_class_cell = true,
                known::CLASSDICT => scope.needs_classdict = true,
                _ => {}
            }
        } else {
            scope.entry(name).binding = Binding::Cell;
        }
    }
    if table.scope(from).inlined {
        Binding::Outer
    } else {
        Binding::Free
    }
}

/// Symbols of a class that are only its implicit cells stay namespace entries.
fn finish_classes(table: &mut SymbolTable) {
    for scope in &mut table.scopes {
        if scope.kind != ScopeKind::Class {
            continue;
        }
        for symbol in &mut scope.symbols {
            if symbol.binding == Binding::Cell {
                symbol.binding = Binding::Local;
            }
        }
    }
}

//! Private names: `__spam` in class `Ham` is `_Ham__spam`.

use super::super::intern::{Interner, Name};
use super::Scope;

/// `name` as the class `private` spells it.
pub fn mangle(names: &mut Interner, private: Option<Name>, name: Name) -> Name {
    let Some(private) = private else {
        return name;
    };
    let text = names.text(name);
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return name;
    }
    let class = names.text(private).trim_start_matches('_');
    if class.is_empty() {
        return name;
    }
    let mangled = format!("_{class}{text}");
    names.intern(&mangled)
}

/// `name` as `scope` spells it.
pub fn mangle_in(names: &mut Interner, scope: &Scope, name: Name) -> Name {
    if scope.private.is_none() {
        return name;
    }
    if let Some(only) = &scope.mangled_only
        && !only.contains(&name)
    {
        return name;
    }
    mangle(names, scope.private, name)
}

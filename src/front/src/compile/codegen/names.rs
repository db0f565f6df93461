//! Loading, storing and deleting names.

use super::*;

/// How a name is reached from the current scope.
pub(super) enum Access {
    /// A local slot.
    Fast(u16),
    /// A cell in this slot.
    Deref(u16),
    /// A global or built-in.
    Global,
    /// The frame's namespace, then globals, then built-ins.
    Namespace,
    /// The frame's namespace, then the cell in this slot.
    NamespaceOrDeref(u16),
    /// The namespace of the class around (through its cell in the first slot), then the cell in the second.
    ClassOrDeref(u16, u16),
    /// The namespace of the class around (through its cell), then globals.
    ClassOrGlobal(u16),
}

impl<'a> Compiler<'a> {
    pub(super) fn access(&self, name: Name) -> Access {
        let start = self.u.inner;
        let mut id = start;
        loop {
            let scope = self.table.scope(id);
            let binding = scope.get(name).map(|symbol| symbol.binding);
            match scope.kind {
                ScopeKind::Module => {
                    if self.options.global_namespace || binding == Some(Binding::GlobalExplicit) {
                        return Access::Global;
                    }
                    return Access::Namespace;
                }
                ScopeKind::Class => {
                    if id != start {
                        // A comprehension in a class body does not see the names of the class.
                        if let Some(slot) = self.u.cell_slot(id, name) {
                            return Access::Deref(slot);
                        }
                        return match self.u.free_slot(name) {
                            Some(slot) => Access::Deref(slot),
                            None => Access::Global,
                        };
                    }
                    return match binding {
                        Some(Binding::GlobalExplicit) => Access::Global,
                        Some(Binding::Free) => match self.u.free_slot(name) {
                            Some(slot) => Access::NamespaceOrDeref(slot),
                            None => Access::Namespace,
                        },
                        _ => Access::Namespace,
                    };
                }
                _ => {}
            }
            match binding {
                Some(Binding::Local) => {
                    if let Some(slot) = self.u.local_slot(id, name) {
                        return Access::Fast(slot);
                    }
                }
                Some(Binding::Cell) => {
                    if let Some(slot) = self.u.cell_slot(id, name) {
                        return Access::Deref(slot);
                    }
                }
                Some(Binding::Outer) | None if scope.inlined => {
                    if let Some(parent) = scope.parent {
                        id = parent;
                        continue;
                    }
                }
                Some(Binding::GlobalExplicit) => return Access::Global,
                Some(Binding::GlobalImplicit) => {
                    if scope.inlined && self.u.kind == ScopeKind::Module {
                        return if self.options.global_namespace {
                            Access::Global
                        } else {
                            Access::Namespace
                        };
                    }
                    if scope.can_see_class
                        && let Some(class) = self.u.free_slot(known::CLASSDICT)
                    {
                        return Access::ClassOrGlobal(class);
                    }
                    return Access::Global;
                }
                _ => {}
            }
            return match self.u.free_slot(name) {
                Some(slot) => {
                    if scope.can_see_class
                        && name != known::CLASSDICT
                        && let Some(class) = self.u.free_slot(known::CLASSDICT)
                    {
                        Access::ClassOrDeref(class, slot)
                    } else {
                        Access::Deref(slot)
                    }
                }
                None => Access::Global,
            };
        }
    }

    /// Loads a (mangled) name.
    pub(super) fn load_name(&mut self, name: Name, hint: Option<u16>) -> Opd {
        match self.access(name) {
            Access::Fast(slot) => {
                if !self.u.reachable || self.u.bound.contains(slot) {
                    return Opd::Local(slot);
                }
                let (dst, result) = match hint {
                    Some(hint) if hint != slot => self.dest(Some(hint)),
                    _ => self.dest(None),
                };
                self.emit(Opcode::LOAD_CHECK, 0, dst, slot, 0);
                self.u.mark_bound(slot);
                result
            }
            Access::Deref(slot) => {
                let (dst, result) = self.dest(hint);
                self.emit(Opcode::LOAD_DEREF, 0, dst, slot, 0);
                result
            }
            Access::Global => {
                if name == known::DEBUG {
                    return Opd::Const(super::super::const_fold::boolean(
                        self.options.optimize == 0,
                    ));
                }
                let index = self.u.name_operand(name);
                let (dst, result) = self.dest(hint);
                self.emit(Opcode::LOAD_GLOBAL, 0, dst, 0, index);
                result
            }
            Access::Namespace => {
                if name == known::DEBUG {
                    return Opd::Const(super::super::const_fold::boolean(
                        self.options.optimize == 0,
                    ));
                }
                let index = self.u.name_operand(name);
                let (dst, result) = self.dest(hint);
                self.emit(Opcode::LOAD_NAME, 0, dst, 0, index);
                result
            }
            Access::NamespaceOrDeref(cell) => {
                let namespace = self.push_temp();
                self.emit(Opcode::LOAD_LOCALS, 0, namespace, 0, 0);
                self.pop_temps(1);
                let (dst, result) = self.dest(hint);
                self.emit(
                    Opcode::LOAD_FROM_DICT_OR_DEREF,
                    x::B_TEMP,
                    dst,
                    namespace,
                    cell,
                );
                result
            }
            Access::ClassOrDeref(class, cell) => {
                let namespace = self.push_temp();
                self.emit(Opcode::LOAD_DEREF, 0, namespace, class, 0);
                self.pop_temps(1);
                let (dst, result) = self.dest(hint);
                self.emit(
                    Opcode::LOAD_FROM_DICT_OR_DEREF,
                    x::B_TEMP,
                    dst,
                    namespace,
                    cell,
                );
                result
            }
            Access::ClassOrGlobal(class) => {
                let index = self.u.name_operand(name);
                let namespace = self.push_temp();
                self.emit(Opcode::LOAD_DEREF, 0, namespace, class, 0);
                self.pop_temps(1);
                let (dst, result) = self.dest(hint);
                self.emit(
                    Opcode::LOAD_FROM_DICT_OR_GLOBALS,
                    x::B_TEMP,
                    dst,
                    namespace,
                    index,
                );
                result
            }
        }
    }

    /// The slot that an expression may be evaluated into directly when its value is stored under `name`.
    pub(super) fn store_hint(&self, name: Name) -> Option<u16> {
        match self.access(name) {
            Access::Fast(slot) => Some(slot),
            _ => None,
        }
    }

    /// Stores a value under a (mangled) name.
    pub(super) fn store_name(&mut self, name: Name, value: Opd) {
        match self.access(name) {
            Access::Fast(slot) => {
                self.move_to(slot, value);
                self.u.mark_bound(slot);
            }
            Access::Deref(slot)
            | Access::NamespaceOrDeref(slot)
            | Access::ClassOrDeref(_, slot) => {
                let (from, temp) = self.consume(value);
                self.emit(
                    Opcode::STORE_DEREF,
                    Self::flag(temp, x::B_TEMP),
                    slot,
                    from,
                    0,
                );
            }
            Access::Global | Access::ClassOrGlobal(_) => {
                let index = self.u.name_operand(name);
                let (from, temp) = self.consume(value);
                self.emit(
                    Opcode::STORE_GLOBAL,
                    Self::flag(temp, x::A_TEMP),
                    from,
                    0,
                    index,
                );
            }
            Access::Namespace => {
                let index = self.u.name_operand(name);
                let (from, temp) = self.consume(value);
                self.emit(
                    Opcode::STORE_NAME,
                    Self::flag(temp, x::A_TEMP),
                    from,
                    0,
                    index,
                );
            }
        }
    }

    /// Deletes a (mangled) name.
    pub(super) fn delete_name(&mut self, name: Name) {
        match self.access(name) {
            Access::Fast(slot) => {
                self.emit(Opcode::DELETE_LOCAL, 0, slot, 0, 0);
                self.u.bound.remove(slot);
            }
            Access::Deref(slot)
            | Access::NamespaceOrDeref(slot)
            | Access::ClassOrDeref(_, slot) => {
                self.emit(Opcode::DELETE_DEREF, 0, slot, 0, 0);
            }
            Access::Global | Access::ClassOrGlobal(_) => {
                let index = self.u.name_operand(name);
                self.emit(Opcode::DELETE_GLOBAL, 0, 0, 0, index);
            }
            Access::Namespace => {
                let index = self.u.name_operand(name);
                self.emit(Opcode::DELETE_NAME, 0, 0, 0, index);
            }
        }
    }
}

//! Calls: plain, method, keyword, star arguments, `super`.

use super::*;

/// Number of arguments from which a call is made with a list and a dict instead of a window.
const MAX_ARGUMENTS: usize = 200;

/// How the arguments of a call are passed.
struct Shape {
    star: bool,
}

impl<'a> Compiler<'a> {
    pub(super) fn call(&mut self, node: &'a ast::ExprCall, hint: Option<u16>) -> Result<Opd> {
        self.check_callee(node);
        self.check_keywords(&node.arguments.keywords)?;
        let arguments = &node.arguments;
        let shape = shape(&arguments.args, &arguments.keywords);
        let base = self.next_temp();
        let mut range = node.range();
        let mut method = false;
        match &*node.func {
            Expr::Attribute(attr) if !shape.star => {
                let attr_range = self.attribute_range(attr);
                if attr_range.start() != attr.range.start() {
                    range = TextRange::new(attr_range.start(), range.end());
                }
                method = true;
                if self.super_attribute(attr, true, None)?.is_none() {
                    let value = self.at(range_of(&attr.value), |this| this.expr(&attr.value))?;
                    let value = match value {
                        Opd::Local(_) if self.arguments_rebind(arguments) => {
                            Opd::Temp(self.to_temp(value))
                        }
                        _ => value,
                    };
                    let name = self.name(&attr.attr.id);
                    let index = self.u.name_operand(name);
                    self.at(attr_range, |this| {
                        this.unary_op(Opcode::LOAD_METHOD, value, index, None)
                    });
                }
            }
            func => self.callee(func, arguments)?,
        }
        self.push_temp();
        self.at(range, |this| {
            this.call_with(
                base,
                &arguments.args,
                &arguments.keywords,
                &shape,
                method,
                hint,
            )
        })
    }

    fn arguments_rebind(&self, arguments: &ast::Arguments) -> bool {
        if !self.scope().has_walrus {
            return false;
        }
        let exprs: Vec<&Expr> = arguments
            .args
            .iter()
            .chain(arguments.keywords.iter().map(|keyword| &keyword.value))
            .collect();
        self.rebinds(&exprs)
    }

    /// Evaluates the callee into the next temporary.
    fn callee(&mut self, func: &'a Expr, arguments: &'a ast::Arguments) -> Result<()> {
        let value = self.expr(func)?;
        match value {
            Opd::Local(local) if !self.arguments_rebind(arguments) => {
                let slot = self.push_temp();
                self.at(range_of(func), |this| {
                    this.emit(Opcode::COPY_ARG, 0, slot, local, 0);
                });
            }
            value => {
                self.at(range_of(func), |this| this.to_temp(value));
            }
        }
        Ok(())
    }

    /// Evaluates one argument into the next temporary; `rebinds` tells whether the call has a `:=`.
    fn argument(&mut self, expr: &'a Expr, rebinds: bool) -> Result<()> {
        let value = self.expr(expr)?;
        match value {
            Opd::Local(local) if !rebinds => {
                let slot = self.push_temp();
                self.at(range_of(expr), |this| {
                    this.emit(Opcode::COPY_ARG, 0, slot, local, 0);
                });
            }
            value => {
                self.at(range_of(expr), |this| this.to_temp(value));
            }
        }
        Ok(())
    }

    /// Calls what is at `base`, whose receiver slot is taken as well, with these arguments after
    /// `extra` arguments that are in their slots already.
    fn call_with(
        &mut self,
        base: u16,
        args: &'a [Expr],
        keywords: &'a [ast::Keyword],
        shape: &Shape,
        method: bool,
        hint: Option<u16>,
    ) -> Result<Opd> {
        if shape.star {
            self.call_star(base, args, keywords, &[])?;
            self.pop_temps(4);
            let (dst, result) = self.dest(hint);
            self.emit(Opcode::CALL_EX, 0, base, dst, 0);
            return Ok(result);
        }
        let rebinds = self.scope().has_walrus && {
            let exprs: Vec<&Expr> = args
                .iter()
                .chain(keywords.iter().map(|keyword| &keyword.value))
                .collect();
            self.rebinds(&exprs)
        };
        for arg in args {
            self.argument(arg, rebinds)?;
        }
        for keyword in keywords {
            self.argument(&keyword.value, rebinds)?;
        }
        Ok(self.finish_call(base, args.len() + keywords.len(), keywords, method, hint))
    }

    /// Emits the call of a complete window.
    fn finish_call(
        &mut self,
        base: u16,
        count: usize,
        keywords: &'a [ast::Keyword],
        method: bool,
        hint: Option<u16>,
    ) -> Opd {
        self.pop_temps(count as u32 + 2);
        let (dst, result) = self.dest(hint);
        let flags = Self::flag(method, x::OP0);
        if keywords.is_empty() {
            self.emit(Opcode::CALL, flags, base, dst, count as u16);
        } else if self.u.reachable {
            let mut names = Vec::with_capacity(keywords.len());
            for keyword in keywords {
                if let Some(arg) = &keyword.arg {
                    let name = self.name(&arg.id);
                    names.push(self.str_const(name));
                }
            }
            let index = self.u.const_operand(Const::Tuple(names));
            let word = Instr::new(Opcode::CALL_KW, flags, base, dst, count as u16);
            self.push_ins(word, NONE, index);
        }
        result
    }

    /// Calls what is at `base` with `count` positional arguments that are in their slots.
    pub(super) fn call_window(&mut self, base: u16, count: u16, hint: Option<u16>) -> Opd {
        self.pop_temps(u32::from(count) + 2);
        let (dst, result) = self.dest(hint);
        self.emit(Opcode::CALL, 0, base, dst, count);
        result
    }

    /// As [`Self::call_window`] for a method and its receiver at `base` and `base + 1`.
    pub(super) fn call_bound(&mut self, base: u16, count: u16) -> Opd {
        self.pop_temps(u32::from(count) + 2);
        let (dst, result) = self.dest(None);
        self.emit(Opcode::CALL, x::OP0, base, dst, count);
        result
    }

    /// Builds the positional arguments at `base + 2` and the keyword arguments at `base + 3`. `given` are
    /// temporaries at `base + 2..` that come first.
    fn call_star(
        &mut self,
        base: u16,
        args: &'a [Expr],
        keywords: &'a [ast::Keyword],
        extra: &[Name],
    ) -> Result<()> {
        self.emit(Opcode::CLEAR, 0, base + 1, 0, 0);
        match args {
            [Expr::Starred(star)] if extra.is_empty() => {
                self.expr_to_temp(&star.value)?;
            }
            _ if args.is_empty() && extra.is_empty() => {
                let slot = self.push_temp();
                self.load_const(slot, Const::Tuple(Vec::new()));
            }
            _ => {
                self.long_list(args, Some(base))?;
                for &name in extra {
                    let value = self.load_name(name, None);
                    self.extend(Opcode::LIST_APPEND, base + 2, value);
                }
            }
        }
        self.star_keywords(base, keywords)
    }

    fn star_keywords(&mut self, base: u16, keywords: &'a [ast::Keyword]) -> Result<()> {
        if keywords.is_empty() {
            let slot = self.push_temp();
            self.emit(Opcode::CLEAR, 0, slot, 0, 0);
            return Ok(());
        }
        let dict = self.empty(Opcode::BUILD_MAP);
        let mut merged = false;
        for keyword in keywords {
            match &keyword.arg {
                Some(arg) if !merged => {
                    let name = self.name(&arg.id);
                    let key = Opd::Const(self.str_const(name));
                    let value = self.expr(&keyword.value)?;
                    self.map_add(dict, key, value);
                }
                Some(arg) => {
                    // After `**`, a repeated name has to be noticed.
                    let name = self.name(&arg.id);
                    let key = self.str_const(name);
                    self.to_temp(Opd::Const(key));
                    self.expr_to_temp(&keyword.value)?;
                    let one = self.window_op(Opcode::BUILD_MAP, 2, 1, None);
                    let (slot, _) = self.consume(one);
                    self.emit(Opcode::DICT_MERGE, x::B_TEMP, dict, slot, base);
                }
                None => {
                    merged = true;
                    let value = self.expr(&keyword.value)?;
                    let (slot, temp) = self.consume(value);
                    let flags = Self::flag(temp, x::B_TEMP);
                    self.emit(Opcode::DICT_MERGE, flags, dict, slot, base);
                }
            }
        }
        Ok(())
    }

    /// Calls `__build_class__` at `base` with `given` arguments in place, then bases and keywords of a class;
    /// `generic_base` is a variable that is appended to the bases.
    pub(super) fn call_build_class(
        &mut self,
        base: u16,
        arguments: Option<&'a ast::Arguments>,
        generic_base: Option<Name>,
    ) -> Result<Opd> {
        let (args, keywords): (&'a [Expr], &'a [ast::Keyword]) = match arguments {
            Some(arguments) => (&arguments.args, &arguments.keywords),
            None => (&[], &[]),
        };
        self.check_keywords(keywords)?;
        if !shape(args, keywords).star {
            for arg in args {
                self.expr_to_temp(arg)?;
            }
            let mut count = 2 + args.len();
            if let Some(name) = generic_base {
                let value = self.load_name(name, None);
                self.to_temp(value);
                count += 1;
            }
            for keyword in keywords {
                self.expr_to_temp(&keyword.value)?;
                count += 1;
            }
            return Ok(self.finish_call(base, count, keywords, false, None));
        }
        // Function and name are in the first two argument slots: they head the list.
        let list = self.window_op(Opcode::BUILD_LIST, 2, 2, None);
        let (list, _) = self.read(list);
        for arg in args {
            match arg {
                Expr::Starred(star) => {
                    let value = self.expr(&star.value)?;
                    let (slot, temp) = self.consume(value);
                    let flags = Self::flag(temp, x::B_TEMP) | x::OP0;
                    self.emit(Opcode::LIST_EXTEND, flags, list, slot, base);
                }
                _ => {
                    let value = self.expr(arg)?;
                    self.extend(Opcode::LIST_APPEND, list, value);
                }
            }
        }
        if let Some(name) = generic_base {
            let value = self.load_name(name, None);
            self.extend(Opcode::LIST_APPEND, list, value);
        }
        self.emit(Opcode::CLEAR, 0, base + 1, 0, 0);
        self.star_keywords(base, keywords)?;
        self.pop_temps(4);
        let (dst, result) = self.dest(None);
        self.emit(Opcode::CALL_EX, 0, base, dst, 0);
        Ok(result)
    }

    /// A keyword may be given once.
    fn check_keywords(&self, keywords: &[ast::Keyword]) -> Result<()> {
        for (index, keyword) in keywords.iter().enumerate() {
            let Some(arg) = &keyword.arg else {
                continue;
            };
            for other in &keywords[index + 1..] {
                if let Some(again) = &other.arg
                    && again.id == arg.id
                {
                    return self.error(
                        other.range,
                        format!("keyword argument repeated: {}", arg.as_str()),
                    );
                }
            }
        }
        Ok(())
    }

    /// `super().name` and `super(C, self).name` without making the super object. With `method` the result is
    /// the two slots of a method call, of which only the first is taken here.
    pub(super) fn super_attribute(
        &mut self,
        node: &'a ast::ExprAttribute,
        method: bool,
        hint: Option<u16>,
    ) -> Result<Option<Opd>> {
        let Expr::Call(call) = &*node.value else {
            return Ok(None);
        };
        let Expr::Name(func) = &*call.func else {
            return Ok(None);
        };
        if func.id.as_str() != "super"
            || !call.arguments.keywords.is_empty()
            || !self.scope().is_function_like()
            || !matches!(self.access(known::SUPER), names::Access::Global)
            || self.module_binds_super()
        {
            return Ok(None);
        }
        let args = &call.arguments.args;
        let written = match args.len() {
            0 => {
                let scope = self.table.scope(self.u.scope);
                if self.u.inner != self.u.scope
                    || !matches!(scope.kind, ScopeKind::Function | ScopeKind::Lambda)
                    || self.u.free_slot(known::CLASS_CELL).is_none()
                    || self.u.arg_count == 0
                {
                    return Ok(None);
                }
                false
            }
            2 if !args.iter().any(Expr::is_starred_expr) => true,
            _ => return Ok(None),
        };
        self.at(func.range, |this| {
            let value = this.load_name(known::SUPER, None);
            this.to_temp(value);
        });
        if written {
            for arg in args {
                self.expr_to_temp(arg)?;
            }
        } else {
            self.at(call.range(), |this| {
                let class = this.load_name(known::CLASS_CELL, None);
                this.to_temp(class);
                let first = this.u.varnames[0];
                let receiver = this.load_name(first, None);
                this.to_temp(receiver);
            });
        }
        let name = self.name(&node.attr.id);
        let index = self.u.name_operand(name);
        self.pop_temps(3);
        let first = self.next_temp();
        let (dst, result) = self.dest(hint);
        let flags = Self::flag(method, x::OP0) | Self::flag(written, x::OP1);
        let range = self.attribute_range(node);
        self.at(range, |this| {
            this.emit(Opcode::LOAD_SUPER_ATTR, flags, dst, first, index);
        });
        Ok(Some(result))
    }

    /// A module that assigns `super` gets the ordinary call.
    fn module_binds_super(&self) -> bool {
        self.table
            .scope(ScopeId::MODULE)
            .get(known::SUPER)
            .is_some_and(|symbol| symbol.mention & super::super::symtable::BOUND != 0)
    }
}

fn shape(args: &[Expr], keywords: &[ast::Keyword]) -> Shape {
    let star = args.iter().any(Expr::is_starred_expr)
        || keywords.iter().any(|keyword| keyword.arg.is_none())
        || args.len() + keywords.len() > MAX_ARGUMENTS;
    Shape { star }
}

//! The `match` statement.
//!
//! The subject is kept in a temporary. Names that a pattern captures go to temporaries of their own and are
//! assigned when the whole pattern has matched. A test that fails jumps to the label for the number of
//! temporaries that are live above those, from where they are cleared one by one.

use super::super::const_fold;
use super::*;
use ruff_python_ast::{Pattern, Singleton};

/// State of one `case`.
struct Case {
    /// Captured names; their temporaries start at `first`.
    captures: Vec<Name>,
    first: u16,
    /// Temporaries below those of subpatterns.
    depth: u32,
    /// Labels for failing tests, by the number of temporaries to clear.
    fail: Vec<Option<Label>>,
}

impl<'a> Compiler<'a> {
    pub(super) fn match_stmt(&mut self, stmt: &'a ast::StmtMatch) -> Result<()> {
        let depth = self.u.depth;
        let subject = self.expr_to_temp(&stmt.subject)?;
        let end = self.u.label();
        let count = stmt.cases.len();
        for (index, case) in stmt.cases.iter().enumerate() {
            let last = index + 1 == count;
            self.u.depth = depth + 1;
            self.u.range = case.pattern.range();
            if !last && case.guard.is_none() {
                self.check_reachable(&case.pattern)?;
            }
            let mut captures = Vec::new();
            self.collect(&case.pattern, &mut captures)?;
            let first = self.next_temp();
            for _ in &captures {
                self.push_temp();
            }
            let mut state = Case {
                captures,
                first,
                depth: self.u.depth,
                fail: Vec::new(),
            };
            self.pattern(&case.pattern, subject, &mut state)?;
            let names = std::mem::take(&mut state.captures);
            let stored = self.u.depth;
            for (index, &name) in names.iter().enumerate() {
                let slot = first + index as u16;
                self.u.depth = u32::from(slot) + 1 - self.u.first_temp;
                self.store_name(name, Opd::Temp(slot));
            }
            self.u.depth = stored - names.len() as u32;
            let guard_failed = self.u.label();
            if let Some(guard) = &case.guard {
                self.jump_if(guard, guard_failed, false)?;
            }
            self.u.range = case.pattern.range();
            self.emit(Opcode::CLEAR, 0, subject, 0, 0);
            self.u.depth = depth;
            self.conditional_body(&case.body)?;
            self.jump(end);
            // Failures arrive with their temporaries, outermost last. They belong to the pattern's line.
            self.u.range = case.pattern.range();
            for live in (0..state.fail.len()).rev() {
                if let Some(label) = state.fail[live] {
                    self.u.place(label);
                }
                if live > 0 && self.u.reachable {
                    let slot = (self.u.first_temp + state.depth) as u16 + live as u16 - 1;
                    self.emit(Opcode::CLEAR, 0, slot, 0, 0);
                }
            }
            if self.u.reachable {
                for index in 0..names.len() as u16 {
                    self.emit(Opcode::CLEAR, 0, first + index, 0, 0);
                }
            }
            self.u.place(guard_failed);
        }
        self.u.depth = depth;
        if self.u.reachable {
            self.emit(Opcode::CLEAR, 0, subject, 0, 0);
        }
        self.u.place(end);
        Ok(())
    }

    /// Label for a test that fails now.
    fn fail(&mut self, case: &mut Case) -> Label {
        let live = (self.u.depth - case.depth) as usize;
        if case.fail.len() <= live {
            case.fail.resize(live + 1, None);
        }
        match case.fail[live] {
            Some(label) => label,
            None => {
                let label = self.u.label();
                case.fail[live] = Some(label);
                label
            }
        }
    }

    // ---- Checks ----

    /// A pattern that always matches makes the cases after it unreachable.
    fn check_reachable(&self, pattern: &Pattern) -> Result<()> {
        match pattern {
            Pattern::MatchAs(node) => match &node.pattern {
                Some(inner) => self.check_reachable(inner),
                None => match &node.name {
                    Some(name) => self.error(
                        node.range,
                        format!(
                            "name capture '{}' makes remaining patterns unreachable",
                            name.as_str()
                        ),
                    ),
                    None => self.error(node.range, "wildcard makes remaining patterns unreachable"),
                },
            },
            Pattern::MatchOr(node) => match node.patterns.last() {
                Some(last) => self.check_reachable(last),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The names that a pattern captures, in the order of their first mention.
    fn collect(&mut self, pattern: &Pattern, out: &mut Vec<Name>) -> Result<()> {
        match pattern {
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(node) => self.collect_all(&node.patterns, out),
            Pattern::MatchMapping(node) => {
                self.collect_all(&node.patterns, out)?;
                match &node.rest {
                    Some(rest) => self.collect_name(rest, rest.range, out),
                    None => Ok(()),
                }
            }
            Pattern::MatchClass(node) => {
                self.collect_all(&node.arguments.patterns, out)?;
                for keyword in &node.arguments.keywords {
                    self.collect(&keyword.pattern, out)?;
                }
                Ok(())
            }
            Pattern::MatchStar(node) => match &node.name {
                Some(name) => self.collect_name(name, node.range, out),
                None => Ok(()),
            },
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.collect(inner, out)?;
                }
                match &node.name {
                    Some(name) => self.collect_name(name, node.range, out),
                    None => Ok(()),
                }
            }
            Pattern::MatchOr(node) => {
                let mut expected: Option<Vec<Name>> = None;
                let (last, init) = match node.patterns.split_last() {
                    Some(split) => split,
                    None => return Ok(()),
                };
                for alternative in init {
                    self.check_reachable(alternative)?;
                }
                for alternative in init.iter().chain([last]) {
                    // Names of the surroundings count against every alternative.
                    let mut names = out.clone();
                    self.collect(alternative, &mut names)?;
                    let mut own = names.split_off(out.len());
                    let unsorted = own.clone();
                    own.sort_unstable();
                    match &expected {
                        None => expected = Some(unsorted),
                        Some(first) => {
                            let mut first = first.clone();
                            first.sort_unstable();
                            if first != own {
                                return self.error(
                                    node.range,
                                    "alternative patterns bind different names",
                                );
                            }
                        }
                    }
                }
                out.extend(expected.unwrap_or_default());
                Ok(())
            }
        }
    }

    fn collect_all(&mut self, patterns: &[Pattern], out: &mut Vec<Name>) -> Result<()> {
        for pattern in patterns {
            self.collect(pattern, out)?;
        }
        Ok(())
    }

    fn collect_name(
        &mut self,
        identifier: &ast::Identifier,
        range: TextRange,
        out: &mut Vec<Name>,
    ) -> Result<()> {
        let name = self.name(&identifier.id);
        if out.contains(&name) {
            return self.error(
                range,
                format!(
                    "multiple assignments to name '{}' in pattern",
                    identifier.as_str()
                ),
            );
        }
        out.push(name);
        Ok(())
    }

    // ---- Matching ----

    /// Tests the value in `subject`, which stays there, and goes on if it matches.
    fn pattern(&mut self, pattern: &'a Pattern, subject: u16, case: &mut Case) -> Result<()> {
        let before = std::mem::replace(&mut self.u.range, pattern.range());
        let result = self.pattern_inner(pattern, subject, case);
        self.u.range = before;
        result
    }

    fn pattern_inner(&mut self, pattern: &'a Pattern, subject: u16, case: &mut Case) -> Result<()> {
        match pattern {
            Pattern::MatchValue(node) => {
                if matches!(*node.value, Expr::FString(_) | Expr::TString(_)) {
                    return self.error(
                        node.range,
                        "patterns may only match literals and attribute lookups",
                    );
                }
                self.number_pattern(&node.value)?;
                let value = self.expr(&node.value)?;
                let equal = self.binary_op(Opcode::EQ, 0, Opd::Local(subject), value, None);
                self.test(equal, case);
                Ok(())
            }
            Pattern::MatchSingleton(node) => {
                let value = match node.value {
                    Singleton::None => Const::None,
                    Singleton::True => Const::True,
                    Singleton::False => Const::False,
                };
                if let Const::None = value {
                    let fail = self.fail(case);
                    self.emit_jump(Opcode::JUMP_IF_NOT_NONE, 0, subject, 0, fail);
                    return Ok(());
                }
                let same =
                    self.binary_op(Opcode::IS, 0, Opd::Local(subject), Opd::Const(value), None);
                self.test(same, case);
                Ok(())
            }
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.pattern(inner, subject, case)?;
                }
                if let Some(name) = &node.name {
                    self.capture(name, subject, case);
                }
                Ok(())
            }
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.capture(name, subject, case);
                }
                Ok(())
            }
            Pattern::MatchOr(node) => self.alternatives(&node.patterns, subject, case),
            Pattern::MatchSequence(node) => {
                self.sequence(&node.patterns, node.range, subject, case)
            }
            Pattern::MatchMapping(node) => self.mapping(node, subject, case),
            Pattern::MatchClass(node) => self.class_pattern(node, subject, case),
        }
    }

    /// Fails if the value is false.
    fn test(&mut self, value: Opd, case: &mut Case) {
        if let Opd::Temp(_) = value {
            self.pop_temps(1);
            let fail = self.fail(case);
            self.push_temp();
            self.jump_if_value(value, fail, false);
        }
    }

    /// The parser takes `-1 ** 2` for a negative number.
    fn number_pattern(&self, value: &Expr) -> Result<()> {
        match value {
            Expr::BinOp(node) if node.op == ast::Operator::Pow => {
                let from = node.left.range().end();
                let between = TextRange::new(from, node.right.range().start());
                let text = &self.source.text()[between];
                let at = from + TextSize::from(text.find("**").unwrap_or(0) as u32);
                self.error(TextRange::at(at, TextSize::from(2)), "invalid syntax")
            }
            Expr::BinOp(node) => {
                self.number_pattern(&node.left)?;
                self.number_pattern(&node.right)
            }
            Expr::UnaryOp(node) => self.number_pattern(&node.operand),
            _ => Ok(()),
        }
    }

    fn capture(&mut self, identifier: &ast::Identifier, subject: u16, case: &Case) {
        let name = self.name(&identifier.id);
        if let Some(index) = case.captures.iter().position(|&known| known == name) {
            self.emit(Opcode::MOVE, 0, case.first + index as u16, subject, 0);
        }
    }

    fn alternatives(
        &mut self,
        patterns: &'a [Pattern],
        subject: u16,
        case: &mut Case,
    ) -> Result<()> {
        let matched = self.u.label();
        let Some((last, init)) = patterns.split_last() else {
            return Ok(());
        };
        for alternative in init {
            let mut inner = Case {
                captures: std::mem::take(&mut case.captures),
                first: case.first,
                depth: self.u.depth,
                fail: Vec::new(),
            };
            let depth = self.u.depth;
            let result = self.pattern(alternative, subject, &mut inner);
            case.captures = inner.captures;
            result?;
            self.jump(matched);
            for live in (0..inner.fail.len()).rev() {
                if let Some(label) = inner.fail[live] {
                    self.u.place(label);
                }
                if live > 0 && self.u.reachable {
                    let slot = (self.u.first_temp + depth) as u16 + live as u16 - 1;
                    self.emit(Opcode::CLEAR, 0, slot, 0, 0);
                }
            }
            self.u.depth = depth;
        }
        self.pattern(last, subject, case)?;
        self.u.place(matched);
        Ok(())
    }

    fn sequence(
        &mut self,
        patterns: &'a [Pattern],
        range: TextRange,
        subject: u16,
        case: &mut Case,
    ) -> Result<()> {
        let mut stars = patterns
            .iter()
            .enumerate()
            .filter(|(_, pattern)| matches!(pattern, Pattern::MatchStar(_)))
            .map(|(index, _)| index);
        let star = stars.next();
        if stars.next().is_some() {
            return self.error(range, "multiple starred names in sequence pattern");
        }
        let is_sequence = self.unary_op(Opcode::MATCH_SEQUENCE, Opd::Local(subject), 0, None);
        self.test(is_sequence, case);
        let count = patterns.len();
        let needed = if star.is_some() { count - 1 } else { count };
        if star.is_none() || needed > 0 {
            let length = self.unary_op(Opcode::GET_LEN, Opd::Local(subject), 0, None);
            let (slot, _) = self.consume(length);
            let fail = self.fail(case);
            self.push_temp();
            let op = if star.is_some() {
                Opcode::JUMP_GE_INT
            } else {
                Opcode::JUMP_EQ_INT
            };
            if let Ok(needed) = i16::try_from(needed) {
                let flags = x::A_TEMP | x::OP0;
                self.emit_jump(op, flags, slot, needed as u16, fail);
                self.pop_temps(1);
            } else {
                return self.error(range, "too many patterns in sequence");
            }
        }
        let only_wildcards = patterns.iter().all(is_wildcard);
        if only_wildcards {
            return Ok(());
        }
        if let Some(star) = star
            && is_wildcard(&patterns[star])
        {
            return self.sequence_items(patterns, star, subject, case);
        }
        let base = self.next_temp();
        for _ in patterns {
            self.push_temp();
        }
        match star {
            None => self.emit(Opcode::UNPACK, 0, base, subject, count as u16),
            Some(before) => {
                let after = count - before - 1;
                if before > 0xff || after > 0xff {
                    return self.error(
                        range,
                        "too many expressions in star-unpacking sequence pattern",
                    );
                }
                let split = before as u16 | (after as u16) << 8;
                self.emit(Opcode::UNPACK_EX, 0, base, subject, split);
            }
        }
        self.items(patterns.iter(), base, case)
    }

    /// Matches the topmost temporaries, the first of which is `base`, and clears them.
    fn items(
        &mut self,
        patterns: impl Iterator<Item = &'a Pattern>,
        base: u16,
        case: &mut Case,
    ) -> Result<()> {
        let mut count = 0;
        for pattern in patterns {
            self.pattern(pattern, base + count, case)?;
            count += 1;
        }
        for index in (0..count).rev() {
            self.emit(Opcode::CLEAR, 0, base + index, 0, 0);
        }
        self.pop_temps(u32::from(count));
        Ok(())
    }

    /// A sequence with `*_`: only the items that are wanted are taken.
    fn sequence_items(
        &mut self,
        patterns: &'a [Pattern],
        star: usize,
        subject: u16,
        case: &mut Case,
    ) -> Result<()> {
        for (index, pattern) in patterns.iter().enumerate() {
            if index == star || is_wildcard(pattern) {
                continue;
            }
            let item = if index < star {
                let key = Opd::Const(Const::Int(index as i64));
                self.getitem(subject, key)
            } else {
                let length = self.unary_op(Opcode::GET_LEN, Opd::Local(subject), 0, None);
                let back = Opd::Const(Const::Int((patterns.len() - index) as i64));
                let key = self.arith(ast::Operator::Sub, false, length, back, None);
                self.getitem(subject, key)
            };
            let (slot, _) = self.read(item);
            self.items([pattern].into_iter(), slot, case)?;
        }
        Ok(())
    }

    fn getitem(&mut self, subject: u16, key: Opd) -> Opd {
        self.binary_op(Opcode::GETITEM, 0, Opd::Local(subject), key, None)
    }

    fn mapping(
        &mut self,
        node: &'a ast::PatternMatchMapping,
        subject: u16,
        case: &mut Case,
    ) -> Result<()> {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for key in &node.keys {
            self.number_pattern(key)?;
            if let Some(value) = self.literal(key) {
                let mut text = Vec::new();
                const_fold::key(&canonical(value), &mut text);
                if seen.contains(&text) {
                    return self.error(
                        node.range,
                        format!(
                            "mapping pattern checks duplicate key ({})",
                            super::super::unparse::unparse(key, self.source)
                        ),
                    );
                }
                seen.push(text);
            } else if !matches!(key, Expr::Attribute(_) | Expr::BinOp(_) | Expr::UnaryOp(_)) {
                return self.error(
                    node.range,
                    "mapping pattern keys may only match literals and attribute lookups",
                );
            }
        }
        let is_mapping = self.unary_op(Opcode::MATCH_MAPPING, Opd::Local(subject), 0, None);
        self.test(is_mapping, case);
        let count = node.keys.len();
        if count == 0 && node.rest.is_none() {
            return Ok(());
        }
        if count > 0 {
            let length = self.unary_op(Opcode::GET_LEN, Opd::Local(subject), 0, None);
            let needed = Opd::Const(Const::Int(count as i64));
            let enough = self.binary_op(Opcode::GE, 0, length, needed, None);
            self.test(enough, case);
        }
        // keys | values...
        let keys = match self.literal_items(&node.keys) {
            Some(items) => self.to_temp(Opd::Const(Const::Tuple(items))),
            None => {
                for key in &node.keys {
                    self.expr_to_temp(key)?;
                }
                let tuple = self.window_op(Opcode::BUILD_TUPLE, count as u32, count as u16, None);
                self.to_temp(tuple)
            }
        };
        if count > 0 {
            let values = self.push_temp();
            self.emit(Opcode::MATCH_KEYS, 0, values, subject, keys);
            let fail = self.fail(case);
            self.emit_jump(Opcode::JUMP_IF_NONE, 0, values, 0, fail);
            for _ in 1..count {
                self.push_temp();
            }
            self.emit(Opcode::UNPACK, x::B_TEMP, values, values, count as u16);
            self.items(node.patterns.iter(), values, case)?;
        }
        if let Some(rest) = &node.rest {
            let mapping = self.push_temp();
            self.emit(Opcode::MOVE, 0, mapping, subject, 0);
            let copy = self.push_temp();
            self.emit(Opcode::MOVE, 0, copy, keys, 0);
            let left = self.intrinsic_2(Intrinsic2::DictWithoutKeys);
            let (slot, _) = self.read(left);
            let name = self.name(&rest.id);
            if let Some(index) = case.captures.iter().position(|&known| known == name) {
                self.emit(Opcode::MOVE, x::B_TEMP, case.first + index as u16, slot, 0);
            }
            self.pop_temps(1);
        }
        self.discard(Opd::Temp(keys));
        Ok(())
    }

    fn class_pattern(
        &mut self,
        node: &'a ast::PatternMatchClass,
        subject: u16,
        case: &mut Case,
    ) -> Result<()> {
        let arguments = &node.arguments;
        let mut names = Vec::with_capacity(arguments.keywords.len());
        for (index, keyword) in arguments.keywords.iter().enumerate() {
            let repeated = arguments.keywords[..index]
                .iter()
                .any(|other| other.attr.id == keyword.attr.id);
            if repeated {
                return self.error(
                    keyword.range,
                    format!(
                        "attribute name repeated in class pattern: {}",
                        keyword.attr.as_str()
                    ),
                );
            }
            let name = self.names.intern(&keyword.attr.id);
            names.push(self.str_const(name));
        }
        let positional = arguments.patterns.len();
        let copy = self.push_temp();
        self.emit(Opcode::MOVE, 0, copy, subject, 0);
        self.expr_to_temp(&node.cls)?;
        self.to_temp(Opd::Const(Const::Tuple(names)));
        let attributes = self.window_op(Opcode::MATCH_CLASS, 3, positional as u16, None);
        let (slot, _) = self.read(attributes);
        let fail = self.fail(case);
        self.emit_jump(Opcode::JUMP_IF_NONE, 0, slot, 0, fail);
        let count = positional + arguments.keywords.len();
        if count == 0 {
            self.discard(Opd::Temp(slot));
            return Ok(());
        }
        for _ in 1..count {
            self.push_temp();
        }
        self.emit(Opcode::UNPACK, x::B_TEMP, slot, slot, count as u16);
        let patterns = arguments
            .patterns
            .iter()
            .chain(arguments.keywords.iter().map(|keyword| &keyword.pattern));
        self.items(patterns, slot, case)
    }
}

/// Numbers that are equal become the same constant.
fn canonical(value: Const) -> Const {
    match value {
        Const::True => Const::Int(1),
        Const::False => Const::Int(0),
        Const::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => Const::Int(n as i64),
        Const::Complex(real, imag) if imag == 0.0 => canonical(Const::Float(real)),
        other => other,
    }
}

/// `_`, `*_`
fn is_wildcard(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(node) => node.pattern.is_none() && node.name.is_none(),
        Pattern::MatchStar(node) => node.name.is_none(),
        _ => false,
    }
}

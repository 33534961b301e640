// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import io.sensorium.job.moderation.Condition.And;
import io.sensorium.job.moderation.Condition.Comparator;
import io.sensorium.job.moderation.Condition.Comparison;
import io.sensorium.job.moderation.Condition.Containment;
import io.sensorium.job.moderation.Condition.Flag;
import io.sensorium.job.moderation.Condition.Literal;
import io.sensorium.job.moderation.Condition.Measured;
import io.sensorium.job.moderation.Condition.Membership;
import io.sensorium.job.moderation.Condition.Not;
import io.sensorium.job.moderation.Condition.Operand;
import io.sensorium.job.moderation.Condition.Or;
import io.sensorium.job.moderation.Condition.Position;
import io.sensorium.job.moderation.Condition.Variable;
import io.sensorium.pipeline.Suggestions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Makes trees of conditions from what the grammar finds. */
final class ConditionParsing extends ConditionGrammarBaseVisitor<Condition> {

    /** Beyond this, parsing and evaluating would take long or overflow the stack. */
    private static final int LONGEST = 4_000;

    /** Parentheses and negations inside one another; the parser and the evaluation use the stack for each. */
    private static final int MAX_NESTING = 100;

    static Condition parse(String text) throws ConditionException {
        if (text.length() > LONGEST) {
            throw new ConditionException("has " + text.length() + " characters, expected at most " + LONGEST);
        }
        ConditionGrammarLexer lexer = new ConditionGrammarLexer(CharStreams.fromString(text));
        lexer.removeErrorListeners();
        lexer.addErrorListener(new Refusal());
        CommonTokenStream tokens = new CommonTokenStream(lexer);
        ConditionGrammarParser parser = new ConditionGrammarParser(tokens);
        parser.removeErrorListeners();
        parser.addErrorListener(new Refusal());
        try {
            refuseDeepNesting(tokens);
            return new ConditionParsing().visit(parser.condition().expression());
        } catch (ParseCancellationException e) {
            throw new ConditionException(e.getMessage());
        }
    }

    /** Looks at the tokens before the parser does, which would recurse for each of them. */
    private static void refuseDeepNesting(CommonTokenStream tokens) throws ConditionException {
        tokens.fill();
        int parentheses = 0;
        int negations = 0;
        for (Token token : tokens.getTokens()) {
            parentheses += token.getText().equals("(") ? 1 : token.getText().equals(")") ? -1 : 0;
            negations = token.getType() == ConditionGrammarLexer.NOT
                    ? negations + 1
                    : token.getText().equals("(") ? negations : 0;
            if (parentheses + negations > MAX_NESTING) {
                throw new ConditionException(
                        "at " + at(token) + ": more than " + MAX_NESTING
                                + " parentheses and negations inside one another; split the rule or write the condition without them");
            }
        }
    }

    /** The first error ends the parsing. */
    private static final class Refusal extends BaseErrorListener {
        @Override
        public void syntaxError(
                Recognizer<?, ?> recognizer,
                Object symbol,
                int line,
                int column,
                String message,
                RecognitionException e) {
            throw new ParseCancellationException(
                    "at " + new Position(line, column + 1) + ": " + message.replace("<EOF>", "its end")
                            + "; a condition is such as sentiment.score < -0.5 and (moderation.porn > 0.6 or "
                            + "attributes.channel in [\"ads\"])");
        }
    }

    private static Position at(Token token) {
        return new Position(token.getLine(), token.getCharPositionInLine() + 1);
    }

    @Override
    public Condition visitNegation(ConditionGrammarParser.NegationContext context) {
        return new Not(visit(context.expression()));
    }

    @Override
    public Condition visitConjunction(ConditionGrammarParser.ConjunctionContext context) {
        return new And(visit(context.left), visit(context.right));
    }

    @Override
    public Condition visitDisjunction(ConditionGrammarParser.DisjunctionContext context) {
        return new Or(visit(context.left), visit(context.right));
    }

    @Override
    public Condition visitComparison(ConditionGrammarParser.ComparisonContext context) {
        return new Comparison(
                operand(context.left), Comparator.of(context.comparator.getText()), operand(context.right));
    }

    @Override
    public Condition visitMembership(ConditionGrammarParser.MembershipContext context) {
        List<Literal> among =
                context.literal().stream().map(ConditionParsing::literal).toList();
        Condition membership = new Membership(operand(context.operand()), among);
        return context.NOT() == null ? membership : new Not(membership);
    }

    @Override
    public Condition visitContainment(ConditionGrammarParser.ContainmentContext context) {
        Position at = at(context.getStart());
        TextMeasure measure = new TextMeasure(
                TextMeasure.Kind.CONTAINS, unquoted(context.TEXT().getText()), word(context.word()));
        Condition containment =
                new Containment(new Measured(measure, at, at(context.TEXT().getSymbol()), at));
        return context.NOT() == null ? containment : new Not(containment);
    }

    @Override
    public Condition visitFlag(ConditionGrammarParser.FlagContext context) {
        return new Flag(variable(context.path()));
    }

    @Override
    public Condition visitParentheses(ConditionGrammarParser.ParenthesesContext context) {
        return visit(context.expression());
    }

    private static Operand operand(ConditionGrammarParser.OperandContext context) {
        if (context.call() != null) {
            return measured(context.call());
        }
        return context.path() == null ? literal(context.literal()) : variable(context.path());
    }

    private static Measured measured(ConditionGrammarParser.CallContext context) {
        Position at = at(context.getStart());
        List<ConditionGrammarParser.WordContext> words = context.word();
        String function = context.NAME().getText();
        if (function.equals("terms") && words.size() == 2) {
            return new Measured(
                    new TextMeasure(TextMeasure.Kind.TERMS, word(words.get(0)), word(words.get(1))),
                    at,
                    at(words.get(0).getStart()),
                    at(words.get(1).getStart()));
        }
        if (function.equals("length") && words.size() == 1) {
            return new Measured(
                    new TextMeasure(TextMeasure.Kind.LENGTH, "", word(words.get(0))),
                    at,
                    at,
                    at(words.get(0).getStart()));
        }
        boolean known = function.equals("terms") || function.equals("length");
        throw new ParseCancellationException("at " + at + ": "
                + (known
                        ? function + " has " + words.size() + " arguments, expected "
                                + (function.equals("terms") ? "a list and a modality" : "a modality")
                        : "\"" + function + "\" is not a function"
                                + Suggestions.suggestion(function, List.of("terms", "length")))
                + "; functions are terms(\"LIST\", MODALITY) and length(MODALITY)");
    }

    private static String word(ConditionGrammarParser.WordContext context) {
        return name(context.TEXT(), context.getText());
    }

    private static Variable variable(ConditionGrammarParser.PathContext context) {
        String name = Stream.concat(
                        Stream.of(name(context.first().TEXT(), context.first().getText())),
                        context.segment().stream().map(segment -> name(segment.TEXT(), segment.getText())))
                .collect(Collectors.joining("."));
        return new Variable(name, at(context.getStart()));
    }

    private static String name(TerminalNode quoted, String text) {
        return quoted == null ? text : unquoted(text);
    }

    private static Literal literal(ConditionGrammarParser.LiteralContext context) {
        String text = context.getText();
        Object value = context.NUMBER() != null
                ? Double.valueOf(text)
                : context.TEXT() != null ? unquoted(text) : (Object) Boolean.valueOf(text);
        return new Literal(value, at(context.getStart()));
    }

    private static String unquoted(String text) {
        return text.substring(1, text.length() - 1);
    }
}

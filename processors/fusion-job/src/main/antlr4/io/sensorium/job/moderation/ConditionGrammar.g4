/** Conditions of moderation rules, such as: match.image-text.probability < 0.2 and moderation.porn > 0.6 */
grammar ConditionGrammar;

condition : expression EOF ;

expression
    : NOT expression                                              # negation
    | left=expression AND right=expression                        # conjunction
    | left=expression OR right=expression                         # disjunction
    | left=operand comparator=COMPARATOR right=operand            # comparison
    | operand NOT? IN '[' literal (',' literal)* ']'              # membership
    | path                                                        # flag
    | '(' expression ')'                                          # parentheses
    ;

operand : path | literal ;

literal : NUMBER | TEXT | TRUE | FALSE ;

path : first ('.' segment)+ ;

first : NAME | TEXT ;

/** A word of the language may be part of a name, and a name with other characters stands in quotes. */
segment : NAME | TEXT | NUMBER | AND | OR | NOT | IN | TRUE | FALSE ;

COMPARATOR : '<=' | '>=' | '==' | '!=' | '<' | '>' ;
AND : 'and' ;
OR : 'or' ;
NOT : 'not' ;
IN : 'in' ;
TRUE : 'true' ;
FALSE : 'false' ;
NUMBER : '-'? [0-9]+ ('.' [0-9]+)? ([eE] [+-]? [0-9]+)? ;
NAME : [\p{L}_] [\p{L}\p{Nd}_-]* ;
TEXT : '"' ~["\r\n]* '"' | '\'' ~['\r\n]* '\'' ;
SPACE : [ \t\r\n]+ -> skip ;

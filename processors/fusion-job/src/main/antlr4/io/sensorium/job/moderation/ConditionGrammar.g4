/** Conditions of moderation rules, such as: match.image-text.probability < 0.2 and moderation.porn > 0.6 */
grammar ConditionGrammar;

condition : expression EOF ;

expression
    : NOT expression                                              # negation
    | left=expression AND right=expression                        # conjunction
    | left=expression OR right=expression                         # disjunction
    | left=operand comparator=COMPARATOR right=operand            # comparison
    | operand NOT? IN '[' literal (',' literal)* ']'              # membership
    | word NOT? CONTAINS TEXT                                     # containment
    | path                                                        # flag
    | '(' expression ')'                                          # parentheses
    ;

operand : path | call | literal ;

/** A function of a modality's texts, such as: terms("slurs", transcript) */
call : NAME '(' (word (',' word)*)? ')' ;

/** A name, in quotes where it has other characters. */
word : NAME | TEXT ;

literal : NUMBER | TEXT | TRUE | FALSE ;

path : first ('.' segment)+ ;

first : NAME | TEXT | CONTAINS ;

/** A word of the language may be part of a name, and a name with other characters stands in quotes. */
segment : NAME | TEXT | NUMBER | AND | OR | NOT | IN | CONTAINS | TRUE | FALSE ;

COMPARATOR : '<=' | '>=' | '==' | '!=' | '<' | '>' ;
AND : 'and' ;
OR : 'or' ;
NOT : 'not' ;
IN : 'in' ;
CONTAINS : 'contains' ;
TRUE : 'true' ;
FALSE : 'false' ;
NUMBER : '-'? [0-9]+ ('.' [0-9]+)? ([eE] [+-]? [0-9]+)? ;
NAME : [\p{L}_] [\p{L}\p{Nd}_-]* ;
TEXT : '"' ~["\r\n]* '"' | '\'' ~['\r\n]* '\'' ;
SPACE : [ \t\r\n]+ -> skip ;

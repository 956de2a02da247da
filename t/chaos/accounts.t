# The accounts of the chaos: an honest story passes, each lie in it is found.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::Chaos::Accounts;

my $json = JSON::PP->new->canonical->utf8;
my ($tea, $cup, $pot) = ('a' x 24, 'b' x 24, 'c' x 24);

# A story: what was asked and told, and what the database holds afterwards.
sub story {
    my %story = (
        products => [
            { _id => $tea, stock => 12, reserved => 0, seq => 6, outbox => [] },
            { _id => $cup, stock => 0, reserved => 0, seq => 3, outbox => [] },
            {   _id => $pot, stock => 7, reserved => 0, seq => 3,
                outbox => [], name => 'pot'
            },
            { _id => 'd' x 24, deleted => 1 },
        ],
        ledger => {
            $tea => [
                entry($tea, 1, 10, [ set => 10, 'made' ]),
                entry($tea, 2, 11, [ purchase => -2, 'buys' ],
                    [ restock => 3, 'batch-1' ]),
                entry($tea, 4, 9, [ purchase => -2, 'fails' ]),
                entry($tea, 5, 12, [ undo => 2, 'fails' ],
                    [ adjust => 1, 'retry-2' ]),
            ],
            $cup => [
                entry($cup, 1, 2, [ set => 2, 'made' ]),
                entry($cup, 2, 1, [ purchase => -1, 'batch-1' ]),
                entry($cup, 3, 0, [ purchase => -1, 'dies' ]),
            ],
            $pot => [
                entry($pot, 1, 4, [ set => 4, 'makes' ]),
                entry($pot, 2, 7, [ set => 3, 'sets' ]),
                entry($pot, 3, 7, [ edit => 0, 'names' ]),
            ],
        },
        known    => { made => 1 },
        killed   => { 77 => 150 },
        attempts => [],
    );
    my $buy = { product => $tea, type => 'purchase', delta => -2 };
    my $adjust = { product => $tea, type => 'adjust', delta => 1 };
    my @batch = (
        { product => $tea, type => 'restock', delta => 3 },
        { product => $cup, type => 'purchase', delta => -1 },
        { product => $cup, type => 'purchase', delta => -3 },
    );
    my $say = sub {
        my ($request, $trace, $status, $body, %rest) = @_;
        push @{ $story{attempts} }, {
            request => $request, trace => $trace, keyed => 'none', batch => 0,
            port => 1, began => 100 + @{ $story{attempts} },
            ended => 100.5 + @{ $story{attempts} },
            status => $status, worker => 5, replayed => '', left => '',
            floor => '', error => '', body => $json->encode($body), lines => [$buy], %rest,
        };
    };

    $say->('one', 'buys', 200, done($tea, 2, 'purchase', 2, 8));
    $say->('two', 'fails', 504, {});
    $say->('three', 'none', 503, {});
    $say->('batch', 'batch-1', 200, {
            results => [
                done($tea, 3, 'restock', 3, 11),
                done($cup, 2, 'purchase', 1, 1),
                refused(3, 1),
            ],
        },
        batch => 1, lines => \@batch);
    $say->('keyed', 'retry-1', 503, {}, keyed => 'whole', lines => [$adjust]);
    $say->('keyed', 'retry-2', 200, done($tea, 6, 'adjust', 1, 12),
        keyed => 'whole', lines => [$adjust]);
    $say->('keyed', 'retry-3', 200, done($tea, 6, 'adjust', 1, 12),
        keyed => 'whole', lines => [$adjust], replayed => 'true');
    $say->('dying', 'dies', 503, {},
        lines => [ { product => $cup, type => 'purchase', delta => -1 } ],
        worker => 77);
    $say->('make', 'makes', 201, { id => $pot },
        lines => [ { product => 'pot', type => 'create', delta => 0 } ]);
    $say->('remake', 'remakes', 503, {},
        lines => [ { product => 'pan', type => 'create', delta => 0 } ]);
    $say->('set', 'sets', 200, { stock => 7 },
        lines => [ { product => $pot, type => 'set', delta => 7 } ]);
    $say->('reset', 'resets', 200, { stock => 7 },
        lines => [ { product => $pot, type => 'set', delta => 7 } ]);
    $say->('name', 'names', 504, {},
        lines => [ { product => $pot, type => 'edit', delta => 0 } ]);
    $say->('look', 'looks', 200, { version => 7 }, lines => [], floor => 7);
    $say->('gone', 'left', 0, {}, left => 1, error => 'no answer in time');
    return \%story;
}

# Its operations: [type, delta, trace].
sub entry {
    my ($product, $from, $after, @operations) = @_;
    my $to = $from + $#operations;
    return {
        _id   => "$product-$to",
        b     => "batch-$product-$to",
        from  => $from,
        to    => $to,
        after => $after,
        ops   => [
            map { { t => $_->[0], d => $_->[1], trace => $_->[2] } } @operations
        ],
    };
}

sub done {
    my ($product, $seq, $type, $size, $remaining) = @_;
    return {
        movementId => "$product-$seq",
        productId  => $product,
        type       => $type,
        remaining  => $remaining,
        ($type eq 'adjust' ? 'delta' : 'quantity') => $size,
    };
}

sub refused {
    my ($requested, $available) = @_;
    return {
        type      => 'urn:ngx-inventory:out-of-stock',
        status    => 409,
        requested => $requested,
        available => $available,
        traceId   => 'f' x 32,
    };
}

# The attempts of a request.
sub told {
    my ($story, $request) = @_;
    return grep { $_->{request} eq $request } @{ $story->{attempts} };
}

# Changes what the body of an attempt says.
sub retell {
    my ($attempt, $change) = @_;
    local $_ = $json->decode($attempt->{body});
    $change->();
    $attempt->{body} = $json->encode($_);
    return;
}

my $honest = Inv::Chaos::Accounts->new(%{ story() });
is(join("\n", $honest->problems), '', 'an honest story');
is($honest->excused, 1, 'one operation stays, its worker having been killed');

# What is told, how it shows, and the lie.
my @lies = (
    [ 'an entry is lost', qr/follows seq 1/,
        sub { splice @{ $_->{ledger}{$tea} }, 1, 1 } ],
    [ 'the last entry is lost', qr/the entries end at 2/,
        sub { pop @{ $_->{ledger}{$cup} } } ],
    [ 'an acknowledged operation is lost', qr/is not in the ledger/,
        sub { pop @{ $_->{ledger}{$tea} } } ],
    [ 'an entry is there twice', qr/is entered twice/,
        sub { push @{ $_->{ledger}{$tea} }, $_->{ledger}{$tea}[1] } ],
    [ 'another entry in its place', qr/follows seq/,
        sub {
            push @{ $_->{ledger}{$tea} },
                { %{ $_->{ledger}{$tea}[2] }, b => 'other' };
        } ],
    [ 'the outbox has one more', qr/outbox is not empty/,
        sub {
            push @{ $_->{products}[1]{outbox} },
                entry($cup, 4, 0, [ edit => 0, 'made' ]);
        } ],
    [ 'stock is another', qr/stock 13, the sum is 12/,
        sub { $_->{products}[0]{stock}++ } ],
    [ 'seq is another', qr/seq 7, the entries end at 6/,
        sub { $_->{products}[0]{seq}++ } ],
    [ 'something is reserved', qr/reserved 1, the sum is 0/,
        sub { $_->{products}[0]{reserved} = 1 } ],
    [ 'below zero', qr/stock is -1 at seq 3/,
        sub {
            $_->{ledger}{$cup}[2]{ops}[0]{d} = -2;
            $_->{ledger}{$cup}[2]{after} = $_->{products}[1]{stock} = -1;
        } ],
    [ 'after is wrong', qr/after it 10, the sum is 9/,
        sub { $_->{ledger}{$tea}[2]{after} = 10 } ],
    [ 'nobody asked', qr/nobody asked for this/,
        sub { @{ $_->{attempts} } = grep { $_->{request} ne 'two' }
            @{ $_->{attempts} } } ],
    [ 'one movement for two', qr/is that of request one too|is that of request copy too/,
        sub {
            my ($one) = told($_, 'one');
            push @{ $_->{attempts} }, { %{$one}, request => 'copy' };
        } ],
    [ 'applied twice', qr/2 made, 0 undone, at most 1 stay/,
        sub {
            push @{ $_->{ledger}{$tea} },
                entry($tea, 7, 10, [ purchase => -2, 'buys' ]);
            @{ $_->{products}[0] }{qw(stock seq)} = (10, 7);
        } ],
    [ 'refused, but done', qr/1 made, 0 undone, at most 0 stay/,
        sub {
            my ($one) = told($_, 'one');
            @{$one}{qw(status body)} = (409, $json->encode(refused(2, 1)));
        } ],
    [ 'failed, but done', qr/1 made, 0 undone, at most 0 stay/,
        sub { (told($_, 'one'))[0]{status} = 503 } ],
    [ 'failed, and not undone', qr/1 made, 0 undone, at most 0 stay/,
        sub {
            splice @{ $_->{ledger}{$tea}[3]{ops} }, 0, 1,
                { t => 'set', d => 2, trace => 'made' };
        } ],
    [ 'undone, though acknowledged', qr/1 made, 1 undone, at least 1 stay/,
        sub {
            @{ (told($_, 'two'))[0] }{qw(status body)}
                = (200, $json->encode(done($tea, 4, 'purchase', 2, 9)));
        } ],
    [ 'undone twice', qr/1 made, 2 undone/,
        sub {
            push @{ $_->{ledger}{$tea} },
                entry($tea, 7, 14, [ undo => 2, 'fails' ]);
            @{ $_->{products}[0] }{qw(stock seq)} = (14, 7);
        } ],
    [ 'its worker was not killed', qr/1 made, 0 undone, at most 0 stay/,
        sub { $_->{killed} = {} } ],
    [ 'its worker was killed before', qr/1 made, 0 undone, at most 0 stay/,
        sub { $_->{killed} = { 77 => 99 } } ],
    [ 'a restock is undone', qr/the ledger has what it did not ask for|undone/,
        sub {
            push @{ $_->{ledger}{$tea} },
                entry($tea, 7, 9, [ undo => -3, 'batch-1' ]);
            @{ $_->{products}[0] }{qw(stock seq)} = (9, 7);
        } ],
    [ 'another product', qr/what it did not ask for/,
        sub { $_->{ledger}{$cup}[2]{ops}[0]{trace} = 'buys' } ],
    [ 'remaining is wrong', qr/remaining is 9, not 8/,
        sub { retell((told($_, 'one'))[0], sub { $_->{remaining} = 9 }) } ],
    [ 'the quantity is wrong', qr/quantity or delta is 3, not 2/,
        sub { retell((told($_, 'one'))[0], sub { $_->{quantity} = 3 }) } ],
    [ 'the movement of another', qr/has another's trace/,
        sub {
            retell((told($_, 'one'))[0],
                sub { $_->{movementId} = "$tea-4"; $_->{remaining} = 9 });
        } ],
    [ 'no movement', qr/without a movement/,
        sub { retell((told($_, 'one'))[0], sub { delete $_->{movementId} }) } ],
    [ 'a result is missing', qr/not a result for each line/,
        sub { retell((told($_, 'batch'))[0], sub { pop @{ $_->{results} } }) } ],
    [ 'refused though there was enough', qr/though there was enough/,
        sub {
            retell((told($_, 'batch'))[0],
                sub { $_->{results}[2]{available} = 3 });
        } ],
    [ 'a stock that never was', qr/never was: 0/,
        sub {
            pop @{ $_->{ledger}{$cup} };
            @{ $_->{products}[1] }{qw(stock seq)} = (1, 2);
            retell((told($_, 'batch'))[0],
                sub { $_->{results}[2]{available} = 0 });
        } ],
    [ 'retries differ', qr/retries (?:got other|are told different)/,
        sub { retell((told($_, 'keyed'))[2], sub { $_->{remaining} = 11 }) } ],
    [ 'a retry is refused', qr/retries got other answers/,
        sub {
            @{ (told($_, 'keyed'))[2] }{qw(status body)}
                = (409, $json->encode(refused(-1, 0)));
        } ],
    [ 'two first answers', qr/several answers claim to be the first/,
        sub { (told($_, 'keyed'))[2]{replayed} = '' } ],
    [ 'a retry is done again', qr/2 made/,
        sub {
            push @{ $_->{ledger}{$tea} },
                entry($tea, 7, 13, [ adjust => 1, 'retry-3' ]);
            @{ $_->{products}[0] }{qw(stock seq)} = (13, 7);
        } ],
    [ 'no final answer', qr/no retry ever got a final answer/,
        sub { $_->{status} = 503 for told($_, 'keyed') } ],
    [ 'no answer at all', qr/no answer at all in time/,
        sub { (told($_, 'gone'))[0]{left} = '' } ],
    [ 'an old version is read', qr/had made version 8; read there later/,
        sub { (told($_, 'look'))[0]{floor} = 8 } ],
    [ 'what was written is not found', qr/had made version 7; .* later: 404/,
        sub { (told($_, 'look'))[0]{status} = 404 } ],
    [ 'created, but not there', qr/0 products of the name pot, but ack/,
        sub { $_->{products}[2]{deleted} = 1 } ],
    [ 'created twice', qr/2 products of the name pot/,
        sub { push @{ $_->{products} }, { _id => 'd' x 24, name => 'pot' } } ],
    [ 'created, another is told', qr/told of another than $pot/,
        sub { retell((told($_, 'make'))[0], sub { $_->{id} = 'd' x 24 }) } ],
    [ 'failed, but created', qr/1 products of the name pan, but failed/,
        sub { push @{ $_->{products} }, { _id => 'd' x 24, name => 'pan' } } ],
    [ 'set to another', qr/set to 7, not 6/,
        sub { (told($_, 'set'))[0]{lines}[0]{delta} = 6 } ],
    [ 'set, told of what was before', qr/told that the stock is 4/,
        sub { retell((told($_, 'set'))[0], sub { $_->{stock} = 4 }) } ],
    [ 'set, not recorded', qr/acknowledged, but not in the ledger/,
        sub { (told($_, 'reset'))[0]{lines}[0]{delta} = 5 } ],
    [ 'edited twice', qr/2 movements for one edit/,
        sub {
            push @{ $_->{ledger}{$pot} }, entry($pot, 4, 7, [ edit => 0, 'names' ]);
            $_->{products}[2]{seq} = 4;
        } ],
    [ 'an edit that moves', qr/an edit moved 1/,
        sub {
            $_->{ledger}{$pot}[2]{ops}[0]{d} = 1;
            $_->{ledger}{$pot}[2]{after} = $_->{products}[2]{stock} = 8;
        } ],
    [ 'a name is lost', qr/acknowledged, but not in the ledger/,
        sub {
            my ($name) = told($_, 'name');
            @{$name}{qw(status trace)} = (200, 'other');
        } ],
    [ 'another status', qr/a status of 500/,
        sub { (told($_, 'three'))[0]{status} = 500 } ],
);

for my $lie (@lies) {
    my ($name, $shows, $tell) = @{$lie};
    my $story = story();
    $tell->() for $story;
    my $found = join "\n", Inv::Chaos::Accounts->new(%{$story})->problems;
    like($found, $shows, $name);
}

# What is told names the request, its answers and its movements.
my $story = story();
(told($story, 'one'))[0]{status} = 503;
my ($text) = Inv::Chaos::Accounts->new(%{$story})->problems;
like($text, qr/request one/, 'a problem names the request');
like($text, qr/asks for purchase -2 of $tea/, 'and what it asks for');
like($text, qr/trace buys: 503 by worker 5/, 'and its answer');
like($text, qr/has $tea-2: t purchase, d -2/, 'and the movement');

done_testing();

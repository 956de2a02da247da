# An error is an answer too: without a key it means that nothing was taken, with
# one that a retry tells the truth; whatever the network and the database do.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Books qw(operations);
use Inv::Chaos::Proxy;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-undo-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 11,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run(directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 400ms;
EOD

sub told {
    my ($product) = @_;
    return join ' ', map {"$_->{t}:$_->{d}"}
        operations($t->mongo, $product->{id});
}

# No attempt can land any more: the outbox is empty, and stays so.
sub drained {
    my ($product) = @_;
    return !@{ $t->mongo->product($product->{id})->{outbox} // [] };
}

sub is_error {
    my ($r, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($status, $slug)
        = $r->status == 503 ? (503, 'unavailable') : (504, 'timeout');
    $t->problem_is($r, $status, $slug, "$name: an error, " . $r->status);
    return cmp_ok($r->{seconds}, '<', 3, "$name: in time");
}

# What may happen to each statement until an error is told; and whether it can
# have been applied by then.
my %FAULT = (
    'drop 1000000'               => 'never',
    'swallow 1000000'            => 'applied',
    'cut-before 1000000'         => 'never',
    'cut-after 1000000'          => 'applied',
    'hold 1000000 ms=900-900'    => 'late',
    'error 1000000 code=10107'   => 'never',
    'error 1000000 code=91'      => 'never',
    'error 1000000 code=189'     => 'never',
    'mask 1000000 code=91'       => 'applied',
    'mask 1000000 code=11602'    => 'applied',
    'concern 1000000 code=64'    => 'seen',
);

# Each operation has a product of its own, so that none waits for another.
my %QUANTITY = (
    purchase => { quantity => 3 },
    adjust   => { delta    => -2 },
    restock  => { quantity => 4 },
    keyed    => { quantity => 1 },
);
my @NAMES = sort keys %QUANTITY;
my @done;

for my $fault (sort keys %FAULT) {
    my %of = map { $_ => $t->create(stock => 10) } @NAMES;
    my @key = (headers => [ 'Idempotency-Key' => "undo-$of{keyed}{id}" ]);
    my %request = map {
        my $action = $_ eq 'keyed' ? 'purchase' : $_;
        $_ => [
            POST => $t->path($of{$_}, $action),
            json => $QUANTITY{$_},
            $_ eq 'keyed' ? @key : ()
        ]
    } @NAMES;
    my %answer;

    $proxy->faults("$fault collection=products");
    @answer{@NAMES} = $t->all(@request{@NAMES});
    $proxy->faults;

    # What is read again after a write concern error may be told.
    for my $name (@NAMES) {
        is_error($answer{$name}, "$fault: $name")
            if $FAULT{$fault} ne 'seen' || $answer{$name}->status != 200;
    }

    # Un-keyed decrements: nothing is taken in the end.
    my %left = map { $_ => $answer{$_}->status == 200
            ? $answer{$_}->json->{remaining} : 10 } qw(purchase adjust);
    ok(
        wait_until(
            sub {
                return !grep { stock_of($of{$_}) != $left{$_} }
                    qw(purchase adjust);
            },
            8
        ),
        "$fault: all is there again within seconds"
    );

    # The key's retry: done, once.
    my $retry;
    ok(
        wait_until(
            sub {
                $retry = $t->request(@{ $request{keyed} });
                return $retry->status == 200;
            },
            8
        ),
        "$fault: keyed: the retry is answered"
    );
    is($retry->json->{remaining}, 9, "$fault: keyed: with what is so");
    my $again = $t->request(@{ $request{keyed} });
    is($again->body, $retry->body, "$fault: keyed: and again");
    is($again->header('Idempotency-Replayed'), 'true', "$fault: keyed: replayed");
    push @done, [ $fault, \%of, \%answer ];
}

sub stock_of { my ($product) = @_; return $t->mongo->product($product->{id})->{stock} }

# Whatever was late has landed, or never will.
ok(wait_until(sub { !$proxy->status->{'under-way'} }), 'nothing is on its way');
my ($undone, $kept_all) = (0, 0);
for my $done (@done) {
    my ($fault, $of, $answer) = @{$done};
    for my $name (qw(purchase adjust)) {
        my $product = $of->{$name};
        my $status = $answer->{$name}->status;
        my $stock = $status == 200 ? $answer->{$name}->json->{remaining} : 10;
        ok(
            wait_until(
                sub { drained($product) && stock_of($product) == $stock }, 10
            ),
            "$fault: $name: settled"
        );
        # 504: a try was made; the driver may have found no way to send it, or
        # it was tried again, and carried out, just when the fault was over.
        my $taken = $status == 200 ? qr/^set:10 $name:-\d$/
            : $status == 503 ? qr/^set:10$/
            : qr/^set:10(?: $name:-(\d) undo:\1)?$/;
        like(told($product), $taken, "$fault: $name: its movements");
        $undone++ if told($product) =~ /undo/;
    }
    ok(wait_until(sub { drained($of->{restock}) && drained($of->{keyed}) }, 10),
        "$fault: drained");
    is(told($of->{keyed}), 'set:10 purchase:-1', "$fault: keyed: once");
    my $restocked
        = $answer->{restock}->status == 503 ? qr/^set:10$/
        : qr/^set:10(?: restock:4)?$/;
    like(told($of->{restock}), $restocked, "$fault: restock: kept, or never made");
    my $expected = $answer->{restock}->status != 200
        && told($of->{restock}) =~ /restock/ ? 1 : 0;
    my $kept = () = $t->nginx->log
        =~ /product $of->{restock}{id}: a change that its client was told an error/g;
    $kept_all += $kept;
    is($kept, $expected, "$fault: restock: the log says what was kept");
    $t->books_ok($of->{$_}, "$fault: $_: the books balance") for @NAMES;
}
cmp_ok($undone,   '>=', 4, "$undone were undone");
cmp_ok($kept_all, '>=', 2, "$kept_all were kept");


$t->done;

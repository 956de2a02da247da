# MongoDB away, killed, hanging: 503 in time, recovery by itself, nothing lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1);

sub directives {
    my ($timeout) = @_;
    return <<"EOT";
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout $timeout;
EOT
}

# 503 or 504, as a problem, in time, telling when to come back.
sub unavailable {
    my ($r, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($status, $slug) = $r->status == 504 ? (504, 'timeout')
        : (503, 'unavailable');
    $t->problem_is($r, $status, $slug, "$name: $status");
    like($r->header('Retry-After') // '', qr/^[1-9]\d*$/,
        "$name: Retry-After");
    cmp_ok($r->{seconds}, '<', 8, "$name: in time");
    return;
}

sub recovers {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_until(sub { $t->get('/api/products')->status == 200 }, 60),
        "$name: recovers by itself");
    ok(wait_until(sub { $t->get('/health/ready')->status == 200 }, 60),
        "$name: and is ready");
    return;
}

# Away when nginx starts.
$database->stop;
$t->run(directives => directives('2s'));
my $nowhere = '/api/products/0123456789abcdef01234567';
my $create = [ POST => '/api/products', json => { name => 'x', price => 1 } ];
my @requests = (
    [ GET => $nowhere ], [ GET => '/api/products' ], $create,
    [ PUT => $nowhere, json => { name => 'x', price => 1 } ],
    [ PATCH => $nowhere, json => { name => 'x' } ],
    [ DELETE => $nowhere ], [ POST => "$nowhere/purchase" ],
);
my @answers = $t->all(@requests);
unavailable($answers[$_], "away: $requests[$_][0]") for 0 .. $#requests;
is($t->get('/health/live')->status, 200, 'away: alive');
is($t->get('/health/ready')->status, 503, 'away: not ready');
$t->status_is($t->request(POST => '/api/products', body => '{'), 400,
    'away: what is wrong is told all the same');
my $trace = $answers[0]->json->{traceId};
like($t->nginx->log, qr/\[error\].*$trace/, 'the log tells why, by trace id');

$database->start;
recovers('started');
my $product = $t->create(stock => 1_000_000);
my $buy = $t->path($product, 'purchase');

# Killed under load: each request is answered; what was acknowledged stays.
my (%status, @created);
my $load = sub {
    my ($total, $at, $action) = @_;
    my ($sent, $answered) = (0, 0);
    drive(
        connections => 16,
        request     => sub {
            return if $sent >= $total;
            my ($method, $path, %opt)
                = $sent++ % 4 ? (POST => $buy) : @{$create};
            return {
                port   => $t->port,
                method => $method,
                create => $path ne $buy,
                text   => request_text($method, $path, %opt),
            };
        },
        response => sub {
            my ($r, $request) = @_;
            $answered++;
            $action->() if $answered == $at;
            push @created, $r->json->{id} if $r->status == 201;
            $status{ $request->{create} ? 'create' : 'buy' }{ $r->status }++;
        },
    );
};

# Sold is what was answered with 200, and at most what was left in doubt.
sub account {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $count = $status{buy};
    my $other = join ' ', grep { !/^(?:200|503|504)$/ } keys %{$count};
    is($other, '', "$name: 200, 503 or 504");
    my $doubt = ($count->{503} // 0) + ($count->{504} // 0);
    my $sold = 1_000_000 - $t->mongo->product($product->{id})->{stock};
    cmp_ok($sold, '>=', $count->{200}, "$name: what was acknowledged is sold");
    cmp_ok($sold, '<=', $count->{200} + $doubt, "$name: and not more");
    my @lost = grep { !$t->mongo->product($_) } @created;
    is(scalar @lost, 0, "$name: what was created is there");
    $t->books_ok($product, "$name: the books balance");
    return;
}

$load->(300, 80, sub { $database->kill });
cmp_ok($status{buy}{503} // 0, '>', 0, 'killed: 503');
$database->start;
recovers('killed and started');
account('killed');

# Connections break, the server is there again: no error stays.
$database->kill;
$database->start;
recovers('killed between requests');

# It hangs.
$t->nginx->write_config($t->config(directives => directives('1s')));
ok($t->nginx->reload, 'a deadline of a second');
$load->(40, 0, sub { });
my $fresh = $t->create(stock => 5);
$database->pause;
@answers = $t->all(
    [ GET => '/api/products' ], [ GET => $nowhere ], $create,
    [ POST => $t->path($fresh, 'purchase') ],
);
unavailable($_, 'hanging') for @answers;
is($t->get('/health/live')->status, 200, 'hanging: alive');
ok(wait_until(sub { $t->get('/health/ready')->status == 503 }),
    'hanging: not ready');
$load->(60, 0, sub { });
$database->resume;
recovers('resumed');
ok(
    wait_until(
        sub { !@{ $t->mongo->product($product->{id})->{outbox} // [] } }, 30
    ),
    'resumed: the outbox is drained'
);
account('hanging');
$t->books_ok($fresh, 'the books of another product balance');

# A longer deadline of a location outlives a short pause.
$t->nginx->write_config(
    $t->config(
        directives => directives('1s'),
        locations  => <<'EOT'));
        location /api/ { inventory_api; }
        location /patient/ { inventory_api; inventory_timeout 30s; }
        location /health { inventory_health; }
EOT
ok($t->nginx->reload, 'a patient location');
recovers('reloaded');

$t->done;

# HUP, a binary that is replaced (USR2) and QUIT, all under load: no answer is
# lost, what is told is what is so, and nobody else has to drain.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Process qw(children_of);
use Inv::Test;

my $t = Inv::Test->new->run;

# A loop of load that does not end is a failure, not a hang.
$SIG{ALRM} = sub { die "the load does not end\n" };

my $keys = 0;
my @load_products;
my $port = $t->port;

# What each request would change; a third of them has a key.
sub next_request {
    my ($n) = @_;
    my $of = $n % @load_products;
    my $quantity = 1 + $n % 3;
    my ($action, $delta)
        = $n % 5 == 4 ? (restock => $quantity) : (purchase => -$quantity);
    my @key = $n % 3 ? ()
        : (headers => [ 'Idempotency-Key' => 'leaving-' . ++$keys ]);
    return {
        port   => $port,
        method => 'POST',
        of     => $of,
        delta  => $delta,
        text   => request_text(
            POST => $t->path($load_products[$of], $action),
            json => { quantity => $quantity },
            @key
        ),
    };
}

# Load until tick() says that it is enough; afterwards every product has what
# the answers say.  Returns how often each status was answered.
sub load {
    my ($name, $tick) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($sent, $answered, $over, @sum, %status) = (0, 0, 0);
    @load_products = map { $t->create(stock => 1_000_000) } 1 .. 4;
    # Another nginx has made them, and drains what it has made.
    wait_until(sub { !undrained() });
    alarm 60;
    drive(
        connections => 24,
        request     => sub { return $over ? undef : next_request($sent++) },
        response    => sub {
            my ($r, $request) = @_;
            $answered++;
            $status{ $r->status }++;
            $sum[ $request->{of} ] += $request->{delta} if $r->status == 200;
        },
        tick => sub { $over ||= $tick->($answered, \%status) },
    );
    alarm 0;
    for my $n (0 .. $#load_products) {
        is($t->mongo->product($load_products[$n]{id})->{stock},
            1_000_000 + ($sum[$n] // 0), "$name: product $n: what was told is so");
        $t->books_ok($load_products[$n]);
    }
    return \%status;
}

sub undrained {
    return scalar grep { @{ $_->{outbox} // [] } } map {
        $t->mongo->product($_->{id})
    } @load_products;
}

# Reloads, one after the other, as soon as the last one is over.
my %old;
my ($reloads, $next) = (0, 100);
my $status = load(
    'HUP',
    sub {
        my ($answered) = @_;
        return 0 if $answered < $next || grep { $old{$_} } $t->nginx->workers;
        return 1 if $reloads == 4;
        %old = map { $_ => 1 } $t->nginx->workers;
        $reloads++;
        $next = $answered + 150;
        $t->nginx->signal('HUP');
        return 0;
    }
);
is_deeply([ keys %{$status} ], [200], 'HUP: each is answered, and done');
ok(wait_until(sub { !undrained() }, 3), 'HUP: drained at once');

# A new binary beside the old one, which is then told to end.  nginx takes USR2
# only as a daemon, and looks for itself where it was started from.
my $daemon = $t->nginx('daemon');
$port = $t->port('daemon');
$daemon->write_config(
    $t->config(dir => $daemon->{dir}, listen => "127.0.0.1:$port"));
my ($binary, @arguments) = $daemon->command;
($binary) = grep {-x} map {"$_/$binary"} split /:/, $ENV{PATH}
    if $binary !~ m{/};
is(system($binary, @arguments), 0, 'a daemon');
my ($old_master, $new_master, $upgraded);
ok(wait_until(sub { $old_master = read_pid() }), 'which has started');
END { kill TERM => grep {defined} $old_master, $new_master }

sub read_pid {
    open my $in, '<', "$daemon->{dir}/nginx.pid" or return;
    my ($pid) = (readline($in) // '') =~ /^(\d+)/ or return;
    return children_of($pid) ? $pid : undef;
}

sub has_ended {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/stat" or return 1;
    return (readline($in) // ') Z') =~ /\) Z/;
}

$status = load(
    'USR2',
    sub {
        my ($answered) = @_;
        if (!$upgraded) {
            return 0 if $answered < 150;
            kill USR2 => $old_master;
            $upgraded = 1;
            return 0;
        }
        if (!$new_master) {
            my $pid = read_pid();
            return 0 if !$pid || $pid == $old_master;
            $new_master = $pid;
            kill QUIT => $old_master;
            $next = $answered + 150;
            return 0;
        }
        return $answered > $next && has_ended($old_master);
    }
);
is_deeply([ keys %{$status} ], [200], 'USR2: each is answered, and done');
ok(has_ended($old_master), 'USR2: the old one has ended');
undef $old_master;
ok(wait_until(sub { !undrained() }, 3), 'USR2: drained at once');

# QUIT while clients keep coming: who is not answered has not been served.
my $told;
$status = load(
    'QUIT',
    sub {
        my ($answered, $so_far) = @_;
        return 0 if $answered < 400;
        kill QUIT => $new_master if !$told++;
        return $so_far->{0};
    }
);
is_deeply([ grep { !/^(?:0|200)$/ } keys %{$status} ], [],
    'QUIT: answered, and done, or not served');
ok(wait_until(sub { has_ended($new_master) }), 'QUIT: it has ended');
undef $new_master;
is(undrained(), 0, 'QUIT: nothing is left to be drained');

# QUIT with requests that wait: each is answered, then the worker goes.
$port = $t->port;
@load_products = map { $t->create(stock => 500) } 1 .. 4;
my @connections = map { Inv::HTTP::Connection->new($t->port) } 1 .. 60;
my @requests = map { next_request($_) } 0 .. 59;
$connections[$_]->write($requests[$_]{text}) for 0 .. 59;
my $first = $connections[0]->response(method => 'POST');
$t->nginx->signal('QUIT');
my @answers = ($first,
    map { $connections[$_]->response(method => 'POST') } 1 .. 59);
is($t->nginx->wait_end(20), 0, 'QUIT: ends when all is done');
my @sum;
for my $n (grep { $answers[$_] } 0 .. 59) {
    $t->status_is($answers[$n], 200, "request $n");
    $sum[ $requests[$n]{of} ] += $requests[$n]{delta};
}
for my $n (0 .. 3) {
    is($t->mongo->product($load_products[$n]{id})->{stock}, 500 + $sum[$n],
        "product $n: what was told is so");
    $t->books_ok($load_products[$n]);
}
is(undrained(), 0, 'nothing is left to be drained');

$t->done;

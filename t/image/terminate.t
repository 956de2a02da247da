# TERM loses no request: what was taken is answered, whenever it comes; and two
# nodes behind the balancer are renewed without a client noticing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Image;
use Inv::Nginx;
use Inv::Port;
use Inv::Test;

use constant CLIENTS => 32;

my $image = Inv::Image->new($ENV{INV_IMAGE} // die "INV_IMAGE is not set\n");
my $t     = Inv::Test->new;
my $logs  = 0;

sub node {
    my ($port) = @_;
    my $c = $image->start(
        log => $t->dir . '/node' . $logs++,
        env => {
            PORT          => $port,
            MONGO_URI     => $t->mongo_uri,
            REDIS_URL     => $t->redis_url,
            NGINX_WORKERS => 2,
        }
    );
    defined $c->wait_ready('/health/ready') or die $c->log;
    return $c;
}

sub stock_of { my ($id) = @_; return $t->mongo->product($id)->{stock} }

sub catches_term {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/status" or return;
    my ($caught) = do { local $/; <$in> =~ /^SigCgt:\s*(\w+)$/m };
    return hex(substr $caught // 0, -8) & 1 << 14;
}

# As soon as it has begun, in the middle of starting, and after that.
my $port = $t->port;
my $late = 0;
for my $n (0 .. 19) {
    my $c = $image->start(
        log => $t->dir . '/early' . $n,
        env => { PORT => $port, MONGO_URI => $t->mongo_uri,
            REDIS_URL => $t->redis_url }
    );
    # Process 1 has no default action: until it catches TERM, there is none.
    wait_until(sub { catches_term($c->first // 0) }, 10)
        or diag('does not catch TERM');
    sleep $n * 0.02;
    $c->signal('TERM');
    my $code = $c->wait_end(8) // 'none';
    next if $code =~ /^(?:0|143|131)$/;
    diag("$n: $code\n", $c->log);
    $late++;
}
is($late, 0, 'TERM while it starts ends it');

# One node under load: each request is answered, or was not taken.
my $c = node($port);
my $product = $t->create(stock => 1_000_000);
my (%count, $stopped);
my $buy = request_text(POST => $t->path($product, 'purchase'), keepalive => 1);
my $began = time;
drive(
    connections => CLIENTS,
    request     => sub {
        return if $stopped && time > $stopped + 1.5;
        return { port => $port, text => $buy, method => 'POST', timeout => 10 };
    },
    response => sub {
        my ($r) = @_;
        my $status = $r->status;
        $status = $r->text =~ /connect/ ? 'refused' : 'closed'
            if !$status && $stopped;
        $count{$status}++;
        sleep 0.001 if !$r->status;
    },
    tick => sub {
        return if $stopped || time < $began + 1;
        $c->signal('TERM');
        $stopped = time;
    },
);
my $code = $c->wait_end(20);
is($code, 0, 'TERM under load: it ends well') or diag($c->log);
cmp_ok($count{200} // 0, '>', 100, 'after many purchases');
is(1_000_000 - stock_of($product->{id}), $count{200},
    'what was taken is what was acknowledged, exactly');
is(join(' ', grep { !/^(?:200|refused|closed)$/ } sort keys %count), '',
    'no other answer');
$t->books_ok($product);
diag("purchases acknowledged: $count{200}, connections closed before an "
        . 'answer, with nothing taken: ' . ($count{closed} // 0));

# Two nodes behind the balancer, renewed one after the other under load.
my @port = ($t->port('first'), $t->port('second'));
my @node = map { node($_) } @port;
my $balanced = Inv::Port::take();
open my $in, '<', "$FindBin::Bin/../../docker/balancer.conf" or die "$!\n";
my $text = do { local $/; <$in> };
$text =~ s/\bapp:8080/127.0.0.1:$port[0]/ or die;
$text =~ s/\bapp-2:8080/127.0.0.1:$port[1]/ or die;
$text =~ s/listen 8000;/listen 127.0.0.1:$balanced;/ or die;
$text =~ s/^\s*listen \[::\]:8000;\n//m or die;
my $dir = $t->dir . '/balancer';
mkdir $dir;
$text =~ s{/tmp/}{$dir/}g;
my $balancer = Inv::Nginx->new(dir => $dir, port => $balanced)
    ->write_config($text)->start;

%count = ();
my ($n, $renewed, $renewing) = (0, 0, undef);
$began = time;
my @renewals = ([ 1, 0 ], [ 4, 1 ]);
drive(
    connections => CLIENTS,
    request     => sub {
        return if time > $began + 8;
        my %request = (port => $balanced, timeout => 15);
        if (++$n % 2) {
            @request{qw(method text)} = ('GET',
                request_text(GET => $t->path($product), keepalive => 1));
        }
        else {
            @request{qw(method text)} = ('POST',
                request_text(POST => $t->path($product, 'purchase'),
                    keepalive => 1,
                    headers   => [ 'Idempotency-Key' => "renewed-$n" ]));
        }
        return \%request;
    },
    response => sub {
        my ($r, $request) = @_;
        $count{"$request->{method} " . $r->status}++;
    },
    tick => sub {
        # TERM to one; when it has ended, another takes its place.
        if (!defined $renewing && @renewals && time > $began + $renewals[0][0]) {
            $renewing = $renewals[0][1];
            $node[$renewing]->signal('TERM');
        }
        if (defined $renewing && defined $node[$renewing]->{process}->ended) {
            is($node[$renewing]->wait_end(0), 0, "node $renewing has ended");
            $node[$renewing] = node($port[$renewing]);
            shift @renewals;
            $renewing = undef;
            $renewed++;
        }
    },
);
is($renewed, 2, 'both nodes were renewed');
is(join(' ', sort keys %count), 'GET 200 POST 200',
    'no GET failed and no keyed POST') or diag(explain(\%count));
$t->books_ok($product);
diag("through the balancer: $count{'GET 200'} GETs, "
        . "$count{'POST 200'} keyed purchases");
is($_->stop, 0, 'a node ends') for @node;
my @wrong = grep { !/\[error\]/ } $balancer->finish;
is("@wrong", '', 'and the balancer');

$t->done;

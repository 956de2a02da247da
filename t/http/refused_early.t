# What nginx refuses before it knows the location has the form of the API's
# errors by lines that are shipped (conf/nginx.conf, docker/nginx.conf.template):
# with the client's trace, which the access log has too.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::IP;
use JSON::PP;
use Test::More;

use Inv::Test;

my $trace = '4bf92f3577b34da6a3ce929d0e0e4736';
my @traced = (traceparent => "00-$trace-00f067aa0ba902b7-01");

# The error_page lines and their locations.
sub shipped {
    my ($file) = @_;
    open my $in, '<', "$FindBin::Bin/../../$file" or die "$file: $!\n";
    local $/ = undef;
    my ($lines) = <$in> =~ /^(\h*error_page\ 400\b.*?)^\h{4}\}$/msx
        or die "$file has no error_page 400\n";
    return $lines;
}

my $t = Inv::Test->new;
for my $file (qw(conf/nginx.conf docker/nginx.conf.template)) {
    (my $name = $file) =~ s/\W/_/g;
    my $nginx = $t->run_beside(
        $name,
        http   => 'log_format ids "$status $inventory_trace_id";',
        server => shipped($file)
            . "access_log $name.ids ids;\n" =~ s/^access_log /access_log %%DIR%%\//r,
    );
    my $r = $t->get('/api/products', port => $t->port($name),
        headers => [ @traced, 'X-Long' => 'x' x 9000 ]);
    $t->status_is($r, 431, "$file: a header is too large");
    is($r->header('Trace-Id'), $trace, 'the trace goes on');
    is($r->json->{traceId}, $trace, 'in the problem, too');
    my $long = $t->get('/api/' . 'x' x 9000, port => $t->port($name));
    $t->status_is($long, 414, "$file: the request line is too long");
    my $id = $long->json->{traceId};
    is($long->header('Trace-Id'), $id, 'a trace of its own');
    my $sock = IO::Socket::IP->new(PeerHost => '127.0.0.1',
        PeerPort => $t->port($name)) or die "$@\n";
    print {$sock} "GET /api/products HTTP/3.0\r\nHost: a\r\n\r\n";
    my $answer = do { local $/ = undef; <$sock> };
    like($answer, qr{\AHTTP/1\.1 505 .*^Content-Type: application/problem\+json\r$}ms,
        "$file: another HTTP");
    my ($version) = $answer =~ /\r\n\r\n(.*)/s;
    is(JSON::PP->new->decode($version)->{status}, 505, 'in the form of a problem');
    ok(wait_until(sub {
            open my $in, '<', $t->dir . "/$name.ids" or return;
            my %status = map { reverse split ' ' } <$in>;
            return ($status{$trace} // '') eq '431'
                && ($status{$id} // '') eq '414';
        }), 'the log has the same');
}

$t->done;

package Inv::Coherence::Proxy;

# The proxy in front of Redis (t/coherence/redis_proxy.c): built when first
# asked for, spoken to through its standard input.

use strict;
use warnings;

use parent 'Inv::Chaos::Proxy';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open2;

use Inv::Port;

# url: of the server; seed: of its draws.
sub new {
    my ($class, %opt) = @_;
    my ($port) = $opt{url} =~ m{^redis://127\.0\.0\.1:(\d+)$}
        or die "not the URL of a server here: $opt{url}\n";
    my $self = bless { port => Inv::Port::take(), owner => $$ }, $class;
    $self->{url} = "redis://127.0.0.1:$self->{port}";
    $self->{pid} = open2(my $out, my $in, _program(), $self->{port}, $port,
        $opt{seed});
    @{$self}{qw(in out)} = ($in, $out);
    $self->_answer;
    return $self;
}

sub _program {
    my $root = $ENV{TEST_ROOT} // dirname(dirname(dirname(dirname(dirname(
        abs_path(__FILE__))))));
    system("make -s -C '$root' -f tools/build-tests.mk BUILD=release"
            . ' redis_proxy >&2') == 0
        or die "the proxy is not to be built\n";
    return "$root/build/tests/release/t/coherence/redis_proxy";
}

# That of the proxy, in place of the server's.
sub url { my ($self) = @_; return $self->{url} }

1;

package Inv::Chaos::Proxy;

# The fault proxy (t/chaos/mongo_proxy.c) in front of one MongoDB server, of a
# replica set the first that its URI names, the primary: built when first asked
# for, spoken to through its standard input.

use strict;
use warnings;

use Cwd qw(abs_path);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Select;
use IPC::Open2;

use Inv::Port;

# uri: of the server; seed: of its draws; log: the file for what it does.
sub new {
    my ($class, %opt) = @_;
    my ($host, $port, $rest)
        = $opt{uri} =~ m{^mongodb://([^:/?,]+):(\d+)(?:,[^/?]*)?(.*)$}
        or die "not a host and a port at first: $opt{uri}\n";
    # For members that a replica set names the driver would leave the proxy.
    $rest =~ s/(?<=[?&])replicaSet=[^&]*&?//i;
    $rest =~ s/[?&]\z//;
    $rest = '/' if $rest eq '';
    $rest .= ($rest =~ /[?]/ ? '&' : '?') . 'directConnection=true';
    my $self = bless {
        port  => Inv::Port::take(),
        log   => $opt{log},
        owner => $$,
    }, $class;
    $self->{uri} = "mongodb://127.0.0.1:$self->{port}$rest";
    $self->{pid} = open2(my $out, my $in, _program(), $self->{port}, $host,
        $port, $opt{seed}, $opt{log});
    @{$self}{qw(in out)} = ($in, $out);
    $self->_answer;
    return $self;
}

sub _program {
    my $root = $ENV{TEST_ROOT} // dirname(dirname(dirname(dirname(dirname(
        abs_path(__FILE__))))));
    my $dir = "$root/build/test";
    make_path($dir);
    open my $lock, '>', "$dir/mongo_proxy.lock" or die "$dir: $!\n";
    flock $lock, LOCK_EX or die "flock: $!\n";
    system("make -s -C '$root' -f tools/build-tests.mk BUILD=release proxy"
            . ' >&2') == 0
        or die "the proxy is not to be built\n";
    return "$root/build/tests/release/t/chaos/mongo_proxy";
}

# That of the proxy, in place of the server's.
sub uri { my ($self) = @_; return $self->{uri} }

# One command, see mongo_proxy.c; dies unless it is done.
sub tell {
    my ($self, $command) = @_;
    print { $self->{in} } "$command\n";
    $self->{in}->flush;
    return $self->_answer($command);
}

sub _answer {
    my ($self, $command) = @_;
    IO::Select->new($self->{out})->can_read(30)
        or die "the proxy does not answer\n";
    my $line = readline $self->{out};
    my ($rest) = ($line // '') =~ /^ok ?(.*)$/
        or die 'the proxy: ', $command // 'start', ': ', $line // 'it ended',
        "\n";
    return $rest;
}

# {under-way => N, connections => N, messages => N, drop => N, ...}
sub status {
    my ($self) = @_;
    return { split ' ', $self->tell('status') };
}

# These rules and no others, at work.
sub faults {
    my ($self, @rules) = @_;
    $self->tell('clear');
    $self->tell("rule $_") for @rules;
    return $self->tell(@rules ? 'on' : 'off');
}

sub log {
    my ($self) = @_;
    open my $in, '<', $self->{log} or return '';
    local $/;
    return scalar <$in> // '';
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!, $@);
    close $self->{in};
    waitpid $self->{pid}, 0;
    return;
}

1;

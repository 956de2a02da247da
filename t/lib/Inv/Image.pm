package Inv::Image;

# The container image, unpacked by tools/image: what its configuration says, and
# containers of it, run by t/image/contain.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::IP;
use JSON::PP;

use Inv::Port;
use Inv::Process qw(wait_until children_of);

my $top = dirname(dirname(dirname(dirname(abs_path(__FILE__)))));

# dir: what `tools/image unpack` has filled.
sub new {
    my ($class, $dir) = @_;
    open my $in, '<', "$dir/config.json" or die "$dir/config.json: $!\n";
    local $/;
    my $config = JSON::PP->new->decode(scalar <$in>)->{Docker}{config};
    return bless { root => "$dir/root", config => $config }, $class;
}

sub root   { my ($self) = @_; return $self->{root} }
sub config { my ($self) = @_; return $self->{config} }

# A container.  env: names and values, over the image's own.  log: a file for
# its output.  tmp: `writable` unless said.  volumes: `source:target` each.
# command: in place of the image's.  arguments: after it.
sub start {
    my ($self, %opt) = @_;
    # All containers of a machine share its network.
    my %env = ((map { split /=/, $_, 2 } @{ $self->{config}{Env} }),
        METRICS_PORT => Inv::Port::take(), %{ $opt{env} // {} });
    local %ENV = %env;
    my $process = Inv::Process->start($opt{log},
        "$top/t/image/contain", $self->{root}, $self->{config}{User},
        $opt{tmp} // 'writable', join(' ', @{ $opt{volumes} // [] }),
        @{ $opt{command} // $self->{config}{Entrypoint} },
        @{ $opt{arguments} // [] });
    return Inv::Image::Container->new(process => $process, log => $opt{log},
        port => $env{PORT}, metrics_port => $env{METRICS_PORT});
}

# One that ends by itself: its exit code and what it said.
sub run {
    my ($self, %opt) = @_;
    my $container = $self->start(%opt);
    my $code = $container->wait_end(20);
    return ($code, $container->log);
}


package Inv::Image::Container;

use Time::HiRes qw(sleep);

sub new { my ($class, %opt) = @_; return bless {%opt}, $class }

# Its first process, as the machine numbers it; nothing before there is one.
sub first {
    my ($self) = @_;
    return (Inv::Process::children_of($self->{process}->pid))[0];
}

# nginx's master and its workers.
sub master {
    my ($self) = @_;
    my $first = $self->first or return;
    for my $pid (Inv::Process::children_of($first)) {
        return $pid if _command_of($pid) =~ /^nginx: master/;
    }
    return;
}

sub workers {
    my ($self) = @_;
    my $master = $self->master or return;
    return grep { _command_of($_) =~ /^nginx: worker process$/ }
        Inv::Process::children_of($master);
}

sub _command_of {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/cmdline" or return '';
    my $words = <$in> // '';
    $words =~ s/\0+$//;
    return $words =~ s/\0/ /gr;
}

# All its processes, the first one first.
sub all {
    my ($self) = @_;
    my @found = $self->first // ();
    for (my $n = 0; $n < @found; $n++) {
        push @found, Inv::Process::children_of($found[$n]);
    }
    return @found;
}

sub signal {
    my ($self, $name) = @_;
    my $first = $self->first or return;
    return kill $name, $first;
}

# Seconds until it answers what the health check asks, undef: never.
sub wait_ready {
    my ($self, $path) = @_;
    my $began = Time::HiRes::time();
    Inv::Process::wait_until(
        sub {
            return 1 if defined $self->{process}->ended;
            my $sock = IO::Socket::IP->new(PeerHost => '127.0.0.1',
                PeerPort => $self->{port}, Timeout => 1) or return;
            print {$sock} "GET $path HTTP/1.0\r\n\r\n";
            return (<$sock> // '') =~ / 200 /;
        },
        20
    );
    return if defined $self->{process}->ended;
    return Time::HiRes::time() - $began;
}

# Its exit code, undef when it goes on.
sub wait_end {
    my ($self, $seconds) = @_;
    my $status = $self->{process}->wait_end($seconds);
    return defined $status ? $status >> 8 : undef;
}

sub stop {
    my ($self) = @_;
    $self->signal('TERM');
    return $self->wait_end(30);
}

sub log {
    my ($self) = @_;
    open my $in, '<', $self->{log} or return '';
    local $/;
    return scalar <$in> // '';
}

sub DESTROY {
    my ($self) = @_;
    return if defined $self->{process}->ended;
    kill 'KILL', $self->first // ();
    return;
}

1;
